//! How the shared code reaches a stream's descriptor, and reads and writes it.
//!
//! Public, because the bounds of public types name them, but out of users' reach.

use std::io::{self, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
#[cfg(unix)]
use std::os::fd::AsFd;

use heist_runtime::io::AsyncFd;
use polling::AsSource;
#[cfg(unix)]
use rustix::net::SendAncillaryBuffer;

#[cfg(unix)]
use crate::unix::sigpipe::{NO_SIGNAL, without_sigpipe};

/// A descriptor in non-blocking mode that can be read.
pub trait ReadFd: AsSource {
    fn read(&self, buf: &mut [u8]) -> io::Result<usize>;
    fn read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;

    /// Fills the beginning of `buf`. As many bytes as it returns are initialised.
    fn read_uninit(&self, buf: &mut [MaybeUninit<u8>]) -> io::Result<usize>;
}

impl<T: AsSource> ReadFd for T
where
    for<'a> &'a T: Read,
{
    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        Read::read(&mut &*self, buf)
    }

    fn read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        Read::read_vectored(&mut &*self, bufs)
    }

    fn read_uninit(&self, buf: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        #[cfg(unix)]
        {
            let (filled, _) = rustix::io::read(self, buf)?;
            Ok(filled.len())
        }
        #[cfg(windows)]
        socket2::SockRef::from(self).recv(buf)
    }
}

/// A socket that can be read without taking what is read.
pub trait PeekFd: ReadFd {
    fn peek(&self, buf: &mut [u8]) -> io::Result<usize>;
}

impl PeekFd for std::net::TcpStream {
    fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.peek(buf)
    }
}

#[cfg(unix)]
impl PeekFd for std::os::unix::net::UnixStream {
    fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        let (_, count) = rustix::net::recv(self, buf, rustix::net::RecvFlags::PEEK)?;
        Ok(count)
    }
}

/// A descriptor in non-blocking mode that can be written. Whoever has gone at the other end is an
/// error, never a `SIGPIPE` that ends the process: std writes to sockets so in part, to pipes not.
pub trait WriteFd: AsSource {
    fn write(&self, buf: &[u8]) -> io::Result<usize>;
    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize>;
}

/// Buffers that the system takes in one call; std passes as many.
#[cfg(unix)]
const MOST_BUFFERS: usize = 1024;

#[cfg(unix)]
fn send(socket: impl AsFd, buf: &[u8]) -> io::Result<usize> {
    Ok(rustix::net::send(socket, buf, NO_SIGNAL)?)
}

#[cfg(unix)]
fn send_vectored(socket: impl AsFd, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    let bufs = &bufs[..bufs.len().min(MOST_BUFFERS)];
    let mut no_control = SendAncillaryBuffer::default();
    Ok(rustix::net::sendmsg(
        socket,
        bufs,
        &mut no_control,
        NO_SIGNAL,
    )?)
}

#[cfg(unix)]
impl WriteFd for std::net::TcpStream {
    fn write(&self, buf: &[u8]) -> io::Result<usize> {
        send(self, buf)
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        send_vectored(self, bufs)
    }
}

#[cfg(unix)]
impl WriteFd for std::os::unix::net::UnixStream {
    fn write(&self, buf: &[u8]) -> io::Result<usize> {
        send(self, buf)
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        send_vectored(self, bufs)
    }
}

/// A pipe, or what is taken for one.
#[cfg(unix)]
impl WriteFd for std::fs::File {
    fn write(&self, buf: &[u8]) -> io::Result<usize> {
        Ok(without_sigpipe(|| rustix::io::write(self, buf))?)
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let bufs = &bufs[..bufs.len().min(MOST_BUFFERS)];
        Ok(without_sigpipe(|| rustix::io::writev(self, bufs))?)
    }
}

/// There are no such signals.
#[cfg(windows)]
impl WriteFd for std::net::TcpStream {
    fn write(&self, buf: &[u8]) -> io::Result<usize> {
        std::io::Write::write(&mut &*self, buf)
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        std::io::Write::write_vectored(&mut &*self, bufs)
    }
}

/// What can be read: a stream, a half of one, an end of a pipe.
pub trait ReadSide {
    type Io: ReadFd;

    fn read_io(&self) -> &AsyncFd<Self::Io>;
}

/// What can be written.
pub trait WriteSide {
    type Io: WriteFd;

    fn write_io(&self) -> &AsyncFd<Self::Io>;

    /// Ends the direction: the other side reads the end of the stream.
    fn close_write(&self) -> io::Result<()>;
}

impl<T: ReadSide> ReadSide for &T {
    type Io = T::Io;

    fn read_io(&self) -> &AsyncFd<T::Io> {
        (**self).read_io()
    }
}

impl<T: WriteSide> WriteSide for &T {
    type Io = T::Io;

    fn write_io(&self) -> &AsyncFd<T::Io> {
        (**self).write_io()
    }

    fn close_write(&self) -> io::Result<()> {
        (**self).close_write()
    }
}
