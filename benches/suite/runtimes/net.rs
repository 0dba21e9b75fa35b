//! The sockets of each runtime, for servers that are written only once.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use super::Runtime;

pub(crate) trait Network: Runtime {
    type TcpListener: Listener;
    type UnixListener: Listener;
    type UdpSocket: Datagrams;

    // All are made from non-blocking sockets.
    fn tcp(listener: std::net::TcpListener) -> io::Result<Self::TcpListener>;
    fn unix(listener: std::os::unix::net::UnixListener) -> io::Result<Self::UnixListener>;
    fn udp(socket: std::net::UdpSocket) -> io::Result<Self::UdpSocket>;
}

pub(crate) trait Listener: Send + Sync + 'static {
    type Stream: Stream;

    /// Accepts a connection. Nagle's algorithm is turned off on TCP streams.
    fn next(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

pub(crate) trait Stream: Send + 'static {
    fn receive(&mut self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send;
    fn send(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<()>> + Send;
}

pub(crate) trait Datagrams: Send + Sync + 'static {
    fn receive(
        &self,
        buffer: &mut [u8],
    ) -> impl Future<Output = io::Result<(usize, SocketAddr)>> + Send;
    fn send(&self, bytes: &[u8], to: SocketAddr) -> impl Future<Output = io::Result<()>> + Send;
}

/// Implements the traits for the five socket types in scope, whose methods have the same names in
/// every runtime. `$from` converts each from std's.
macro_rules! network {
    ($runtime:ty, $from:ident) => {
        impl $crate::runtimes::Network for $runtime {
            type TcpListener = TcpListener;
            type UnixListener = UnixListener;
            type UdpSocket = UdpSocket;

            fn tcp(listener: std::net::TcpListener) -> std::io::Result<TcpListener> {
                TcpListener::$from(listener)
            }

            fn unix(listener: std::os::unix::net::UnixListener) -> std::io::Result<UnixListener> {
                UnixListener::$from(listener)
            }

            fn udp(socket: std::net::UdpSocket) -> std::io::Result<UdpSocket> {
                UdpSocket::$from(socket)
            }
        }

        impl $crate::runtimes::Listener for TcpListener {
            type Stream = TcpStream;

            async fn next(&self) -> std::io::Result<TcpStream> {
                let (stream, _) = self.accept().await?;
                stream.set_nodelay(true)?;
                Ok(stream)
            }
        }

        impl $crate::runtimes::Listener for UnixListener {
            type Stream = UnixStream;

            async fn next(&self) -> std::io::Result<UnixStream> {
                Ok(self.accept().await?.0)
            }
        }

        $crate::runtimes::net::network!(stream TcpStream);
        $crate::runtimes::net::network!(stream UnixStream);

        impl $crate::runtimes::Datagrams for UdpSocket {
            async fn receive(
                &self,
                buffer: &mut [u8],
            ) -> std::io::Result<(usize, std::net::SocketAddr)> {
                self.recv_from(buffer).await
            }

            async fn send(&self, bytes: &[u8], to: std::net::SocketAddr) -> std::io::Result<()> {
                self.send_to(bytes, to).await?;
                Ok(())
            }
        }
    };
    (stream $stream:ty) => {
        impl $crate::runtimes::Stream for $stream {
            async fn receive(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                self.read(buffer).await
            }

            async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
                self.write_all(bytes).await
            }
        }
    };
}

pub(super) use network;
