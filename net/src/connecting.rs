//! The end of a connection attempt that the system continues in the background.
//!
//! The invariant: an attempt is reported as successful only after the socket itself has confirmed
//! it.

use std::io;
use std::task::{Context, Poll};

use heist_runtime::io::{AsSource, AsyncFd};
use socket2::SockRef;

/// Waits until the attempt has succeeded or failed.
pub(crate) fn poll_connected<T: AsSource>(
    io: &AsyncFd<T>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    io.poll_connected(cx, |socket| {
        let source = socket.source();
        let socket = SockRef::from(&source);
        match socket.take_error()? {
            Some(error) => Err(error),
            None => socket.peer_addr().map(drop),
        }
    })
}

/// Whether a `connect` continues in the background. An interrupted one does, too.
pub(crate) fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) {
        return true;
    }
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use futures_lite::future::{poll_fn, poll_once};
    use heist_runtime::Runtime;
    use heist_runtime::io::Kind;
    use socket2::{Domain, Socket, Type};
    use std::net::{SocketAddr, TcpStream};

    fn socket() -> Socket {
        let socket = Socket::new(Domain::IPV4, Type::STREAM.nonblocking(), None);
        socket.unwrap()
    }

    /// A listener with a full backlog: further connections go unanswered until it accepts one.
    fn full_listener() -> (Socket, Vec<TcpStream>, SocketAddr) {
        let listener = socket();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        listener.bind(&any.into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let accepted = vec![TcpStream::connect(address).unwrap()];
        (listener, accepted, address)
    }

    /// The attempt is in progress, and the socket counts as writable, as after a stale event.
    #[test]
    fn a_writable_socket_is_not_connected_yet() {
        Runtime::new().unwrap().block_on(async {
            let (listener, _queued, address) = full_listener();
            let socket = socket();
            let begun = socket.connect(&address.into()).unwrap_err();
            assert!(is_under_way(&begun), "{begun}");
            let io = AsyncFd::new_of_kind(socket, Kind::Tcp).unwrap();
            let mut connected = std::pin::pin!(poll_fn(|cx| poll_connected(&io, cx)));
            for _ in 0..3 {
                assert!(poll_once(connected.as_mut()).await.is_none());
                heist_runtime::task::yield_now().await;
            }
            // Now the backlog has room, and the system's next attempt succeeds.
            listener.accept().unwrap();
            connected.await.unwrap();
            io.get_ref().peer_addr().unwrap();
        });
    }

    #[test]
    fn a_failed_attempt_reports_why() {
        Runtime::new().unwrap().block_on(async {
            let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let address = closed.local_addr().unwrap();
            drop(closed);
            let socket = socket();
            if let Err(error) = socket.connect(&address.into()) {
                if !is_under_way(&error) {
                    return; // It failed at once.
                }
            }
            let io = AsyncFd::new_connecting(socket).unwrap();
            let error = poll_fn(|cx| poll_connected(&io, cx)).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        });
    }
}
