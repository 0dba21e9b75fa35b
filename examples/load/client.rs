//! The kinds of client: over a stream of bytes (TCP, Unix), or over datagrams (UDP).

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use heist::io::{AsyncRead, AsyncWrite};
#[cfg(unix)]
use heist::net::UnixStream;
use heist::net::{TcpStream, UdpSocket, lookup_host};
use heist_tools::echo::Endpoint;
use heist_tools::schedule::Schedule;

use crate::connection::Connection;
use crate::datagrams::Datagrams;
use crate::run::Run;

/// A resolved service, to be connected to any number of times.
pub(crate) enum Target {
    Tcp(Vec<SocketAddr>),
    Unix(PathBuf),
    Udp(Vec<SocketAddr>),
}

impl Target {
    /// Looks the service's name up.
    pub(crate) async fn find(endpoint: &Endpoint) -> io::Result<Target> {
        Ok(match endpoint {
            Endpoint::Tcp(address) => Target::Tcp(lookup_host(&**address).await?.collect()),
            Endpoint::Unix(path) => Target::Unix(path.clone()),
            Endpoint::Udp(address) => Target::Udp(lookup_host(&**address).await?.collect()),
        })
    }

    /// Connects client number `index`.
    pub(crate) async fn connect(&self, index: u64, run: Arc<Run>) -> io::Result<Client> {
        let stream = match self {
            Target::Tcp(addresses) => {
                let stream = TcpStream::connect(&addresses[..]).await?;
                stream.set_nodelay(true)?;
                Stream::Tcp(stream)
            }
            #[cfg(unix)]
            Target::Unix(path) => Stream::Unix(UnixStream::connect(path).await?),
            #[cfg(not(unix))]
            Target::Unix(path) => {
                let message = format!("{}: no Unix sockets on this system", path.display());
                return Err(io::Error::other(message));
            }
            Target::Udp(addresses) => {
                let socket = connect_udp(addresses).await?;
                return Ok(Client::Datagrams(Datagrams::new(index, socket, run)));
            }
        };
        Ok(Client::Stream(Connection::new(index, stream, run)))
    }
}

/// Opens a socket of the service's address family, which receives only the service's datagrams.
async fn connect_udp(addresses: &[SocketAddr]) -> io::Result<UdpSocket> {
    let any = match addresses.first() {
        Some(SocketAddr::V6(_)) => "[::]:0",
        _ => "0.0.0.0:0",
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(addresses).await?;
    Ok(socket)
}

/// One client of the service. `run.alive` counts it until it is dropped.
pub(crate) enum Client {
    Stream(Connection),
    Datagrams(Datagrams),
}

impl Client {
    /// Exchanges one request, which proves that the server serves the client.
    pub(crate) async fn prove(self) -> Option<Client> {
        match self {
            Client::Stream(connection) => connection.prove().await.map(Client::Stream),
            Client::Datagrams(socket) => socket.prove().await.map(Client::Datagrams),
        }
    }

    /// Sends requests as scheduled until the end of the run, and awaits their replies.
    pub(crate) async fn drive(self, schedule: Schedule) {
        match self {
            Client::Stream(connection) => connection.drive(schedule).await,
            Client::Datagrams(socket) => socket.drive(schedule).await,
        }
    }
}

/// A connection that carries a stream of bytes.
pub(crate) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(unix)]
            Stream::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(unix)]
            Stream::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(unix)]
            Stream::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_close(cx),
            #[cfg(unix)]
            Stream::Unix(stream) => Pin::new(stream).poll_close(cx),
        }
    }
}
