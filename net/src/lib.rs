//! Async sockets on the heist runtime. Users reach this crate as `heist::net`.
//!
//! | to | use |
//! | --- | --- |
//! | accept connections | [`TcpListener::bind`], [`accept`](TcpListener::accept) |
//! | serve them, each in a task of its own, and end in order | [`serve()`] |
//! | open a connection | [`TcpStream::connect`] |
//! | set a socket up before that | [`TcpSocket`] |
//! | read and write in two tasks | [`TcpStream::split`], [`TcpStream::into_split`] |
//! | the same within one machine | [`UnixListener`], [`UnixStream`] (on Unix) |
//! | exchange datagrams | [`UdpSocket`], [`UnixDatagram`] (on Unix) |
//! | talk to a child process, or through a FIFO | [`unix::pipe`] (on Unix) |
//! | pass bytes on between streams | [`copy`], [`copy_bidirectional`]; [`sendfile`] from a file |
//! | look a name up | [`lookup_host`]; every address argument is a [`ToSocketAddrs`] |
//! | await any other descriptor | [`AsyncFd`] |
//!
//! The streams implement the `AsyncRead` and `AsyncWrite` of `futures-io`; `heist::io` has the
//! extension traits, buffered readers and copying that go with them.
//!
//! A socket belongs to the runtime it was made on: that runtime's driver reports its readiness,
//! and its operations fail with an error once that runtime is gone. They may be awaited anywhere.
//!
//! ```
//! use heist::io::{AsyncReadExt, AsyncWriteExt};
//! use heist::net::{TcpListener, TcpStream};
//!
//! #[heist::main]
//! async fn main() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:0").await?;
//!     let address = listener.local_addr()?;
//!
//!     heist::spawn(async move {
//!         let (mut stream, _peer) = listener.accept().await?;
//!         stream.write_all(b"hello").await?;
//!         stream.close().await
//!     });
//!
//!     let mut greeting = String::new();
//!     TcpStream::connect(address).await?.read_to_string(&mut greeting).await?;
//!     assert_eq!(greeting, "hello");
//!     Ok(())
//! }
//! ```

#![deny(clippy::disallowed_methods)]

mod addr;
#[cfg(any(feature = "hyper", feature = "quinn", feature = "tokio-io"))]
mod compat;
mod connecting;
mod copy;
mod datagram;
#[cfg(all(unix, feature = "socket-activation"))]
mod inherited;
mod open;
mod options;
mod pool;
mod raw;
pub mod serve;
pub mod stream;
pub mod tcp;
pub mod udp;
#[cfg(unix)]
pub mod unix;

pub use heist_runtime::io::AsyncFd;

pub use crate::addr::{ToSocketAddrs, lookup_host};
pub use crate::copy::{copy, copy_bidirectional, sendfile};
#[cfg(all(unix, feature = "socket-activation"))]
pub use crate::inherited::Inherited;
#[doc(no_inline)]
pub use crate::serve::serve;
#[doc(no_inline)]
pub use crate::tcp::{TcpListener, TcpSocket, TcpStream};
#[doc(no_inline)]
pub use crate::udp::UdpSocket;
#[cfg(unix)]
#[doc(no_inline)]
pub use crate::unix::{UnixDatagram, UnixListener, UnixSocket, UnixStream};

/// What `heist` shows elsewhere than in `heist::net`, and documents there. A module that is named as a
/// crate is must not be in `heist::net`: after `use heist::net::*` the crate's name would be ambiguous.
#[doc(hidden)]
pub mod elsewhere {
    #[cfg(feature = "hyper")]
    pub use crate::compat::hyper;
    #[cfg(feature = "quinn")]
    pub use crate::compat::quinn;
    pub use crate::copy::copy_bidirectional_buffered as copy_bidirectional;
}
