//! Reading and writing, for any stream.
//!
//! | to | use |
//! | --- | --- |
//! | read and write | [`AsyncReadExt`], [`AsyncWriteExt`]: [`read_exact`](AsyncReadExt::read_exact), [`write_all`](AsyncWriteExt::write_all), … |
//! | read line by line | [`BufReader`] and [`AsyncBufReadExt`] |
//! | write much in small pieces | [`BufWriter`], and [`flush`](AsyncWriteExt::flush) |
//! | implement a stream of your own | the traits [`AsyncRead`], [`AsyncWrite`], [`AsyncBufRead`], [`AsyncSeek`] |
//! | close a writer | [`close`](AsyncWriteExt::close), or under tokio's name [`shutdown`](AsyncWriteExt::shutdown) |
//! | copy all bytes | [`copy`], [`copy_bidirectional`]; between sockets [`heist::net::copy`](crate::net::copy()) and [`copy_bidirectional`](crate::net::copy_bidirectional) cost less |
//! | await a descriptor that heist has no type for | [`AsyncFd`], with [`Interest`] and [`Ready`] |
//! | find out the cause of an error | [`NamedError`], [`raw_os_error`] |
#![cfg_attr(
    feature = "io",
    doc = "| use standard input and output | [`stdin`], [`stdout`], [`stderr`] |\n\
           | use a stream in memory | [`duplex`] |\n\
           | read and write numbers | [`AsyncReadNumbersExt`], [`AsyncWriteNumbersExt`] |\n\
           | pass a stream to blocking code | [`SyncIoBridge`] |"
)]
//!
//! The traits are those of `futures-io`, which other crates implement too. The `Ext` traits with
//! their methods, [`BufReader`], [`BufWriter`] and the functions are those of `futures-lite`,
//! except that they spend the poll budget: a `timeout` expires even around a reader that is always
//! ready. For libraries that need tokio's traits, enable the feature `tokio-io`.
//!
//! The feature `io` adds `stdin`, `stdout` and `stderr`; `duplex`, a stream in memory;
//! `SyncIoBridge`, for blocking code; `read_u32` and the like; `next_line`.
//!
//! # Examples
//!
//! ```
//! use heist::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
//! use heist::net::TcpStream;
//!
//! /// Sends a request to a server and reads its answer, line by line.
//! async fn ask(server: &str) -> std::io::Result<Vec<String>> {
//!     let mut stream = TcpStream::connect(server).await?;
//!     stream.write_all(b"list\n").await?;
//!     let mut reader = BufReader::new(stream);
//!     let (mut lines, mut line) = (Vec::new(), String::new());
//!     while reader.read_line(&mut line).await? > 0 {
//!         lines.push(line.trim_end().to_owned());
//!         line.clear();
//!     }
//!     Ok(lines)
//! }
//! # #[heist::main]
//! # async fn main() -> std::io::Result<()> {
//! # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let address = listener.local_addr()?.to_string();
//! # let asking = heist::spawn(async move { ask(&address).await });
//! # let (mut server, _) = listener.accept().await?;
//! # server.read(&mut [0; 16]).await?;
//! # server.write_all(b"one\ntwo\n").await?;
//! # drop(server);
//! # assert_eq!(asking.await.unwrap()?, ["one", "two"]);
//! # Ok(())
//! # }
//! ```

pub use futures_lite::io::{
    AssertAsync, AsyncAsSync, AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, BlockOn, BoxedReader,
    BoxedWriter, BufReader, BufWriter, Chain, Cursor, Error, ErrorKind, ReadHalf, Result, SeekFrom,
    Take, WriteHalf, split,
};
pub use heist_io::cooperative::*;
#[cfg(feature = "io")]
#[doc(inline)]
pub use heist_io::{
    AsyncReadNumbersExt, AsyncWriteNumbersExt, DuplexStream, LinesExt, Stderr, Stdin, Stdout,
    SyncIoBridge, duplex, stderr, stdin, stdout,
};
#[doc(inline)]
pub use heist_net::elsewhere::copy_bidirectional;
pub use heist_runtime::io::{
    AsSource, AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard, Direction, Interest, NamedError,
    Ready, Seen, TryIoError, raw_os_error,
};
