//! What can be read and written, listed once: a new kind of stream is added here, and has the traits of
//! all ecosystems.

use std::io;
use std::mem::MaybeUninit;
use std::task::{Context, Poll};

use heist_runtime::io::Direction;

use crate::stream::sealed::{ReadFd, ReadSide};

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

pub(super) use {for_each_reader, for_each_writer};

/// Reads into memory that need not be initialised. As many bytes as this returns are.
pub(super) fn poll_read_uninit<S: ReadSide>(
    stream: &S,
    cx: &mut Context<'_>,
    buf: &mut [MaybeUninit<u8>],
) -> Poll<io::Result<usize>> {
    let io = stream.read_io();
    io.poll_io_moved(Direction::Read, cx, |fd| fd.read_uninit(buf))
}
