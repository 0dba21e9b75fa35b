//! Sockets: TCP, UDP, Unix sockets and pipes; names; the server loop; copying between streams.
//!
//! | to | use |
//! | --- | --- |
//! | accept connections | [`TcpListener::bind`], [`accept`](TcpListener::accept) |
//! | serve them, each in a task of its own, and end in order | [`serve()`] |
//! | open a connection | [`TcpStream::connect`] |
//! | set a socket up before that | [`TcpSocket`] |
//! | read and write in two tasks | [`TcpStream::split`], [`TcpStream::into_split`] |
//! | connect and accept within one machine | [`UnixListener`], [`UnixStream`] (on Unix) |
//! | exchange datagrams | [`UdpSocket`], [`UnixDatagram`] (on Unix) |
//! | talk to a child process, or through a FIFO | [`unix::pipe`] (on Unix) |
//! | pass bytes on between streams | [`copy`], [`copy_bidirectional`]; [`sendfile`] from a file |
//! | look a name up | [`lookup_host`]; every address argument is a [`ToSocketAddrs`] |
//! | await any other descriptor | [`AsyncFd`] |
//!
//! Most servers need [`serve()`] and nothing else of this: a loop over `accept` that you write
//! yourself has to limit connections, survive a lack of descriptors, and wait for the connections
//! at the end. Of the ways to share a stream, [`split`](TcpStream::split) is for one task that
//! reads and writes at once, [`into_split`](TcpStream::into_split) for two tasks; and as all
//! methods take `&self`, an `Arc` of the stream does as well.
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

pub use heist_net::*;
