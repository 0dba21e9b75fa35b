//! Sockets: TCP, UDP, Unix sockets and pipes; names; the server loop; copying between streams.
//!
//! | to | use |
//! | --- | --- |
//! | accept connections | [`TcpListener::bind`], [`accept`](TcpListener::accept) |
//! | serve them, each in a task of its own, and shut down gracefully | [`serve()`] |
//! | open a connection | [`TcpStream::connect`] |
//! | set options of a socket before that | [`TcpSocket`] |
//! | read and write in two tasks | [`TcpStream::split`], [`TcpStream::into_split`] |
//! | connect and accept within one machine | [`UnixListener`], [`UnixStream`] (on Unix) |
//! | exchange datagrams | [`UdpSocket`], [`UnixDatagram`] (on Unix) |
//! | communicate with a child process, or through a FIFO | [`unix::pipe`] (on Unix) |
//! | copy bytes between streams | [`copy`], [`copy_bidirectional`]; [`sendfile`] from a file |
//! | look up a name | [`lookup_host`]; every address argument is a [`ToSocketAddrs`] |
//! | await any other descriptor | [`AsyncFd`] |
//!
//! Most servers need only [`serve()`]: a hand-written loop over `accept` has to limit connections,
//! survive a lack of descriptors, and wait for the connections at the end. To share a stream, use
//! [`split`](TcpStream::split) for one task that reads and writes at once,
//! [`into_split`](TcpStream::into_split) for two tasks, or an `Arc` of the stream, as all methods
//! take `&self`.
//!
//! The streams implement the `AsyncRead` and `AsyncWrite` of `futures-io`; `heist::io` has the
//! extension traits, buffered readers and copying for them.
//!
//! A socket belongs to the runtime it was created on: that runtime's driver reports its readiness,
//! and its operations fail once that runtime is gone. They may be awaited anywhere.
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

pub use heist_net::*;
