//! Reading and writing, for all kinds of streams.

mod async_buf_read;
mod async_read;
mod async_seek;
mod async_write;
mod read_buf;
#[cfg(feature = "io-std")]
mod stdio;
mod streams;
#[cfg(all(unix, feature = "net"))]
pub mod unix;
#[cfg(feature = "io-util")]
mod util;

pub use async_buf_read::AsyncBufRead;
pub use async_read::AsyncRead;
pub use async_seek::AsyncSeek;
pub use async_write::AsyncWrite;
#[cfg(feature = "net")]
pub use heist_runtime::io::{Interest, Ready};
pub use read_buf::ReadBuf;
#[doc(no_inline)]
pub use std::io::{Error, ErrorKind, Result, SeekFrom};
#[cfg(feature = "io-std")]
pub use stdio::{Stderr, Stdin, Stdout, stderr, stdin, stdout};
#[cfg(feature = "io-util")]
pub use util::{
    AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, BufStream, BufWriter,
    Chain, DuplexStream, Empty, Join, Lines, ReadHalf, Repeat, SimplexStream, Sink, Split, Take,
    WriteHalf, copy, copy_bidirectional, copy_bidirectional_with_sizes, copy_buf, duplex, empty,
    join, repeat, simplex, sink, split,
};

#[cfg(feature = "fs")]
pub(crate) use streams::TokioIo;
