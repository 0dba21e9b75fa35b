//! Connecting a socket in the background.
//!
//! Invariant: a connection is reported only after the socket itself has confirmed it.

use crate::net::Evented;
use heist_runtime::io::AsSource;
use socket2::{SockAddr, SockRef, Socket};
use std::future::poll_fn;
use std::io;

/// Connects a socket in non-blocking mode.
pub(super) async fn connect<S: AsSource + From<Socket>>(
    socket: Socket,
    to: &SockAddr,
) -> io::Result<Evented<S>> {
    match socket.connect(to) {
        Ok(()) => {}
        Err(error) if is_under_way(&error) => {}
        Err(error) => return Err(error),
    }
    let io = Evented::new(S::from(socket))?;
    ended(&io).await?;
    Ok(io)
}

/// Waits until the attempt has succeeded or failed.
async fn ended<S: AsSource>(io: &Evented<S>) -> io::Result<()> {
    let ask = |socket: &S| {
        let source = socket.source();
        let socket = SockRef::from(&source);
        match socket.take_error()? {
            Some(error) => Err(error),
            None => socket.peer_addr().map(drop),
        }
    };
    poll_fn(|cx| io.poll_connected(cx, ask)).await
}

/// On Unix, `WouldBlock` means that the listener's backlog is full: no attempt is in progress.
fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    return error.raw_os_error() == Some(libc::EINPROGRESS)
        || error.kind() == io::ErrorKind::Interrupted;
    #[cfg(not(unix))]
    return error.kind() == io::ErrorKind::WouldBlock;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use socket2::{Domain, Type};
    use std::net::{SocketAddr, TcpStream};
    use std::task::{Context, Waker};

    /// The attempt is in progress, and the socket counts as writable, as after an unrelated event.
    #[test]
    fn a_writable_socket_is_not_yet_connected() {
        let runtime = heist_runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let socket = || Socket::new(Domain::IPV4, Type::STREAM.nonblocking(), None).unwrap();
            // It has room for one connection, and does not answer the next one.
            let listener = socket();
            let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
            listener.bind(&any.into()).unwrap();
            listener.listen(0).unwrap();
            let address = listener.local_addr().unwrap();
            let _queued = TcpStream::connect(address.as_socket().unwrap()).unwrap();

            let socket = socket();
            assert!(is_under_way(&socket.connect(&address).unwrap_err()));
            let io = Evented::connected(TcpStream::from(socket)).unwrap();
            let mut connected = std::pin::pin!(ended(&io));
            let mut cx = Context::from_waker(Waker::noop());
            assert!(connected.as_mut().poll(&mut cx).is_pending());
            // Now there is room, and the system's next attempt succeeds.
            listener.accept().unwrap();
            connected.await.unwrap();
            io.peer_addr().unwrap();
        });
    }
}
