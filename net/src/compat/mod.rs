//! The I/O traits of other ecosystems, for the same streams: behind a feature each.
//!
//! What can be read and written is listed once, in `for_each_reader!` and `for_each_writer!`; a new
//! kind of stream is added there.

#[cfg(feature = "hyper")]
pub mod hyper;
#[cfg(feature = "tokio-io")]
mod tokio_io;

/// Calls a macro for every type that can be read.
macro_rules! for_each_reader {
    ($implement:ident) => {
        $implement!([] crate::TcpStream);
        $implement!([] &crate::TcpStream);
        #[cfg(unix)]
        $implement!([] crate::UnixStream);
        #[cfg(unix)]
        $implement!([] &crate::UnixStream);
        #[cfg(unix)]
        $implement!([] crate::unix::pipe::Receiver);
        #[cfg(unix)]
        $implement!([] &crate::unix::pipe::Receiver);
        $implement!([S: crate::stream::ByteStream] crate::stream::ReadHalf<'_, S>);
        $implement!([S: crate::stream::ByteStream] crate::stream::OwnedReadHalf<S>);
    };
}

/// Calls a macro for every type that can be written.
macro_rules! for_each_writer {
    ($implement:ident) => {
        $implement!([] crate::TcpStream);
        $implement!([] &crate::TcpStream);
        #[cfg(unix)]
        $implement!([] crate::UnixStream);
        #[cfg(unix)]
        $implement!([] &crate::UnixStream);
        #[cfg(unix)]
        $implement!([] crate::unix::pipe::Sender);
        #[cfg(unix)]
        $implement!([] &crate::unix::pipe::Sender);
        $implement!([S: crate::stream::ByteStream] crate::stream::WriteHalf<'_, S>);
        $implement!([S: crate::stream::ByteStream] crate::stream::OwnedWriteHalf<S>);
    };
}

use {for_each_reader, for_each_writer};

use std::io;
use std::mem::MaybeUninit;
use std::task::{Context, Poll};

use heist_runtime::io::Direction;

use crate::stream::sealed::{ReadFd, ReadSide};

/// Reads into memory that need not be initialised. As many bytes as this returns are.
fn poll_read_uninit<S: ReadSide>(
    stream: &S,
    cx: &mut Context<'_>,
    buf: &mut [MaybeUninit<u8>],
) -> Poll<io::Result<usize>> {
    let io = stream.read_io();
    io.poll_io_moved(Direction::Read, cx, |fd| fd.read_uninit(buf))
}
