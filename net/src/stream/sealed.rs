//! How the shared code reaches a stream's descriptor, and reads and writes it.
//!
//! These traits are public because the bounds of public types name them, but users cannot reach
//! them.

use std::io::{self, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
#[cfg(unix)]
use std::os::fd::AsFd;

use heist_runtime::io::{AsSource, AsyncFd, Moved};
#[cfg(unix)]
use rustix::net::{RecvFlags, SendAncillaryBuffer};

#[cfg(unix)]
use crate::unix::sigpipe::{NO_SIGNAL, without_sigpipe};

/// A descriptor in non-blocking mode that can be read.
pub trait ReadFd: AsSource {
    fn read(&self, buf: &mut [u8]) -> io::Result<Moved>;
    fn read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<Moved>;

    /// Fills the beginning of `buf`. The returned number of bytes is initialised.
    fn read_uninit(&self, buf: &mut [MaybeUninit<u8>]) -> io::Result<Moved> {
        let asked = buf.len();
        #[cfg(unix)]
        let count = rustix::io::read(self.source(), buf)?.0.len();
        #[cfg(windows)]
        let count = socket2::SockRef::from(&self.source()).recv(buf)?;
        Ok(Moved::new(count, asked))
    }
}

/// Uses the system call directly: libc's function is a cancellation point, which costs more than
/// the call's frame. Uses `recv`, which takes a tenth less time than `read` on the same socket.
#[cfg(unix)]
#[inline]
fn receive(socket: impl AsFd, buf: impl rustix::buffer::Buffer<u8>) -> io::Result<usize> {
    let (_, count) = rustix::net::recv(socket, buf, RecvFlags::empty())?;
    Ok(count)
}

#[cfg(windows)]
fn receive(mut socket: &std::net::TcpStream, buf: &mut [u8]) -> io::Result<usize> {
    Read::read(&mut socket, buf)
}

fn read_vectored(mut from: impl Read, bufs: &mut [IoSliceMut<'_>]) -> io::Result<Moved> {
    let bufs = most_of_mut(bufs);
    let asked = bufs.iter().map(|buf| buf.len()).sum();
    Ok(Moved::new(from.read_vectored(bufs)?, asked))
}

impl ReadFd for std::net::TcpStream {
    #[inline]
    fn read(&self, buf: &mut [u8]) -> io::Result<Moved> {
        let asked = buf.len();
        Ok(Moved::new(receive(self, buf)?, asked))
    }

    #[cfg(unix)]
    fn read_uninit(&self, buf: &mut [MaybeUninit<u8>]) -> io::Result<Moved> {
        let asked = buf.len();
        Ok(Moved::new(receive(self, buf)?, asked))
    }

    fn read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<Moved> {
        read_vectored(self, bufs)
    }
}

/// A pipe, or a file used like one.
#[cfg(unix)]
impl ReadFd for std::fs::File {
    fn read(&self, buf: &mut [u8]) -> io::Result<Moved> {
        let asked = buf.len();
        Ok(Moved::new(rustix::io::read(self, buf)?, asked))
    }

    fn read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<Moved> {
        read_vectored(self, bufs)
    }
}

/// Uses `recvmsg`, which also reports control data: such a read may stop short at it.
#[cfg(unix)]
impl ReadFd for std::os::unix::net::UnixStream {
    #[inline]
    fn read(&self, buf: &mut [u8]) -> io::Result<Moved> {
        self.read_vectored(&mut [IoSliceMut::new(buf)])
    }

    fn read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<Moved> {
        use rustix::net::{RecvAncillaryBuffer, ReturnFlags, recvmsg};

        let bufs = most_of_mut(bufs);
        let asked = bufs.iter().map(|buf| buf.len()).sum();
        let mut no_control = RecvAncillaryBuffer::default();
        let received = recvmsg(self, bufs, &mut no_control, RecvFlags::empty())?;
        let moved = Moved::new(received.bytes, asked);
        // There was no room for control data: the flag says that the system has dropped some.
        Ok(match received.flags.contains(ReturnFlags::CTRUNC) {
            true => moved,
            false => moved.unattended(),
        })
    }
}

/// A socket that can be read without consuming the bytes.
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

/// A descriptor in non-blocking mode that can be written. If the other end is gone, that is an
/// error, never a `SIGPIPE` that ends the process; std prevents the signal for some writes to
/// sockets, but not for pipes.
pub trait WriteFd: AsSource {
    fn write(&self, buf: &[u8]) -> io::Result<Moved>;
    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<Moved>;
}

/// The most buffers that the system takes in one call; std passes as many.
const MOST_BUFFERS: usize = 1024;

/// Returns as many buffers as one call takes: their length is the length requested.
fn most_of<'a, 'b>(bufs: &'a [IoSlice<'b>]) -> &'a [IoSlice<'b>] {
    &bufs[..bufs.len().min(MOST_BUFFERS)]
}

fn most_of_mut<'a, 'b>(bufs: &'a mut [IoSliceMut<'b>]) -> &'a mut [IoSliceMut<'b>] {
    let len = bufs.len().min(MOST_BUFFERS);
    &mut bufs[..len]
}

fn len_of(bufs: &[IoSlice<'_>]) -> usize {
    bufs.iter().map(|buf| buf.len()).sum()
}

#[cfg(unix)]
#[inline]
fn send(socket: impl AsFd, buf: &[u8]) -> io::Result<Moved> {
    let count = rustix::net::send(socket, buf, NO_SIGNAL)?;
    Ok(Moved::new(count, buf.len()))
}

#[cfg(unix)]
fn send_vectored(socket: impl AsFd, bufs: &[IoSlice<'_>]) -> io::Result<Moved> {
    let bufs = most_of(bufs);
    let mut no_control = SendAncillaryBuffer::default();
    let count = rustix::net::sendmsg(socket, bufs, &mut no_control, NO_SIGNAL)?;
    Ok(Moved::new(count, len_of(bufs)))
}

#[cfg(unix)]
impl WriteFd for std::net::TcpStream {
    #[inline]
    fn write(&self, buf: &[u8]) -> io::Result<Moved> {
        send(self, buf)
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<Moved> {
        send_vectored(self, bufs)
    }
}

#[cfg(unix)]
impl WriteFd for std::os::unix::net::UnixStream {
    #[inline]
    fn write(&self, buf: &[u8]) -> io::Result<Moved> {
        send(self, buf)
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<Moved> {
        send_vectored(self, bufs)
    }
}

/// A pipe, or a file used like one.
#[cfg(unix)]
impl WriteFd for std::fs::File {
    fn write(&self, buf: &[u8]) -> io::Result<Moved> {
        let count = without_sigpipe(|| rustix::io::write(self, buf))?;
        Ok(Moved::new(count, buf.len()))
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<Moved> {
        let bufs = most_of(bufs);
        let count = without_sigpipe(|| rustix::io::writev(self, bufs))?;
        Ok(Moved::new(count, len_of(bufs)))
    }
}

/// There is no `SIGPIPE` here.
#[cfg(windows)]
impl WriteFd for std::net::TcpStream {
    fn write(&self, buf: &[u8]) -> io::Result<Moved> {
        let count = std::io::Write::write(&mut &*self, buf)?;
        Ok(Moved::new(count, buf.len()))
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<Moved> {
        let bufs = most_of(bufs);
        let count = std::io::Write::write_vectored(&mut &*self, bufs)?;
        Ok(Moved::new(count, len_of(bufs)))
    }
}

/// A type that can be read: a stream, a half of one, an end of a pipe.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a socket or pipe of heist's that can be read",
    note = "`heist::net::copy` and `copy_bidirectional` are for sockets and pipes; `heist::io` has functions of \
            those names for any other stream"
)]
pub trait ReadSide {
    type Io: ReadFd;

    fn read_io(&self) -> &AsyncFd<Self::Io>;
}

/// A type that can be written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a socket or pipe of heist's that can be written",
    note = "`heist::net::copy` and `copy_bidirectional` are for sockets and pipes; `heist::io` has functions of \
            those names for any other stream"
)]
pub trait WriteSide {
    type Io: WriteFd;

    fn write_io(&self) -> &AsyncFd<Self::Io>;

    /// Closes the writing direction: the peer reads the end of the stream.
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
