//! How the shared code reaches a stream's descriptor, and reads and writes it.
//!
//! Public, because the bounds of public types name them, but out of users' reach.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;

use heist_runtime::io::AsyncFd;
use polling::AsSource;

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

/// A descriptor in non-blocking mode that can be written.
pub trait WriteFd: AsSource {
    fn write(&self, buf: &[u8]) -> io::Result<usize>;
    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize>;
}

impl<T: AsSource> WriteFd for T
where
    for<'a> &'a T: Write,
{
    fn write(&self, buf: &[u8]) -> io::Result<usize> {
        Write::write(&mut &*self, buf)
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        Write::write_vectored(&mut &*self, bufs)
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
