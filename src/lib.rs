#![doc = include_str!("../README.md")]

pub use heist_macros::{main, test};
pub use heist_runtime::{runtime, spawn, spawn_blocking, spawn_try, task, task_local, time};
pub use heist_signals as signal;
pub use heist_sync as sync;

#[cfg(feature = "io")]
pub use heist_io::fs;
#[cfg(feature = "hyper")]
#[doc(inline)]
pub use heist_net::elsewhere::hyper;
#[cfg(feature = "quinn")]
#[doc(inline)]
pub use heist_net::elsewhere::quinn;
#[cfg(feature = "process")]
pub use heist_process as process;

pub mod net {
    //! Async sockets.
    pub use heist_net::*;
}

pub mod io {
    //! Reading and writing, whatever the stream.
    //!
    //! - The traits [`AsyncRead`], [`AsyncWrite`], [`AsyncBufRead`] and [`AsyncSeek`] are those of
    //!   `futures-io`, which other crates implement too. The `Ext` traits beside them have the
    //!   methods: [`read_exact`](AsyncReadExt::read_exact),
    //!   [`write_all`](AsyncWriteExt::write_all), [`lines`](AsyncBufReadExt::lines) and so on. They
    //!   are, with [`BufReader`], [`BufWriter`] and the functions, those of `futures-lite`, but
    //!   spend the poll budget: also one whose reader is always ready meets its `timeout`.
    //! - [`copy_bidirectional`] copies between any two streams. Between sockets
    //!   [`heist::net::copy`](crate::net::copy()) and
    //!   [`copy_bidirectional`](crate::net::copy_bidirectional) cost less.
    //! - Errors that name their object are [`NamedError`]s; [`raw_os_error`] has the number of any.
    //! - With the feature `io`: `stdin`, `stdout` and `stderr`; `duplex`, a stream in memory;
    //!   `SyncIoBridge`, for code that blocks; `read_u32` and its kin; `next_line`.
    //! - [`AsyncFd`] awaits any descriptor that has a readiness, by [`Interest`] and [`Ready`].
    //!
    //! # Examples
    //!
    //! ```
    //! use heist::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    //! use heist::net::TcpStream;
    //!
    //! /// Asks a server for its answer, line by line.
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
        AssertAsync, AsyncAsSync, AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, BlockOn,
        BoxedReader, BoxedWriter, BufReader, BufWriter, Chain, Cursor, Error, ErrorKind, ReadHalf,
        Result, SeekFrom, Take, WriteHalf, split,
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
        AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard, Direction, Interest, NamedError, Ready,
        TryIoError, raw_os_error,
    };
}
