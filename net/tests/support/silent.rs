//! An address that does not answer.

use std::io;
use std::net::SocketAddr;

/// An address that does not respond: a listener whose backlog is full, as Linux drops further
/// attempts. (The returned sockets keep it full.)
pub(crate) fn silent_address() -> io::Result<(Vec<socket2::Socket>, SocketAddr)> {
    let new = || socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let listener = new()?;
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    listener.listen(0)?;
    let address = listener.local_addr()?;
    let mut sockets = vec![listener];
    loop {
        let client = new()?;
        client.set_nonblocking(true)?;
        _ = client.connect(&address);
        let mut poll = [rustix::event::PollFd::new(
            &client,
            rustix::event::PollFlags::OUT,
        )];
        let wait = rustix::time::Timespec {
            tv_sec: 0,
            tv_nsec: 100_000_000,
        };
        let connected = rustix::event::poll(&mut poll, Some(&wait))? > 0;
        sockets.push(client);
        if !connected {
            return Ok((sockets, address.as_socket().expect("an IPv4 address")));
        }
    }
}
