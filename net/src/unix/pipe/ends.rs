//! The two ends of a pipe. Reading and writing are shared with all byte streams (`crate::stream`).

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use heist_runtime::io::{AsyncFd, Kind};
use rustix::fs::{OFlags, fcntl_getfl};

use crate::stream::read::read_methods;
use crate::stream::ready::ready_methods;
use crate::stream::sealed::{ReadSide, WriteSide};
use crate::stream::write::write_methods;
use crate::unix::pipe::open_options::check_is_pipe;
use crate::unix::pipe::set_nonblocking;

/// The reading end of a pipe, from [`pipe`](super::pipe) or [`OpenOptions`](super::OpenOptions).
///
/// It implements `AsyncRead`. After a FIFO's receiver has read the end, it can read again once a
/// process opens the FIFO for writing.
///
/// # Examples
///
/// ```
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// use heist::net::unix::pipe::{Receiver, pipe};
///
/// let (sender, receiver) = pipe()?;
/// let receiver = Receiver::from_owned_fd(receiver.into_blocking_fd()?)?;
/// let receiver = Receiver::from_owned_fd_unchecked(receiver.into_nonblocking_fd()?)?;
/// drop(sender);
/// assert_eq!(receiver.read(&mut [0; 64]).await?, 0);
/// # Ok(())
/// # }
/// ```
///
/// See [`pipe`](super::pipe) and [`OpenOptions`](super::OpenOptions).
#[derive(Debug)]
pub struct Receiver {
    pub(crate) io: AsyncFd<File>,
}

impl Receiver {
    /// Takes over one end of a pipe, and sets it to non-blocking mode.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the file is not a pipe, or is not open for
    /// reading. Fails outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let file = std::fs::File::open("Cargo.toml")?;
    /// let error = pipe::Receiver::from_file(file).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_file(file: File) -> io::Result<Self> {
        check_is_pipe(&file)?;
        let mode = fcntl_getfl(&file)? & OFlags::RWMODE;
        if mode != OFlags::RDWR && mode != OFlags::RDONLY {
            let message = "the pipe is not open for reading";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Self::from_file_unchecked(file)
    }

    /// Like [`from_file`](Self::from_file), from a descriptor.
    ///
    /// # Errors
    ///
    /// The same as those of [`from_file`](Self::from_file).
    pub fn from_owned_fd(fd: OwnedFd) -> io::Result<Self> {
        Self::from_file(fd.into())
    }

    /// Like [`from_file`](Self::from_file), for any file that has readiness, such as a terminal.
    ///
    /// # Errors
    ///
    /// Fails if the runtime's driver cannot watch the file, and outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let (one, _other) = std::os::unix::net::UnixStream::pair()?;
    /// let socket = std::fs::File::from(std::os::fd::OwnedFd::from(one));
    /// let end = pipe::Receiver::from_file_unchecked(socket)?;
    /// # drop(end);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_file_unchecked(file: File) -> io::Result<Self> {
        set_nonblocking(&file, true)?;
        Self::from_opened(file)
    }

    /// Like [`from_file_unchecked`](Self::from_file_unchecked), from a descriptor.
    ///
    /// # Errors
    ///
    /// The same as those of [`from_file_unchecked`](Self::from_file_unchecked).
    pub fn from_owned_fd_unchecked(fd: OwnedFd) -> io::Result<Self> {
        Self::from_file_unchecked(fd.into())
    }

    /// Takes one end of a new pipe, whose other end is open too.
    pub(super) fn from_new(file: File) -> io::Result<Self> {
        Ok(Self {
            io: AsyncFd::new_of_kind(file, Kind::Other)?,
        })
    }

    /// Takes a file of unknown origin.
    pub(super) fn from_opened(file: File) -> io::Result<Self> {
        Ok(Self {
            io: AsyncFd::new(file)?,
        })
    }

    /// Converts into the descriptor, in blocking mode, as a child process expects it.
    ///
    /// # Errors
    ///
    /// Whatever the system's `fcntl` reports.
    ///
    /// # Examples
    ///
    /// See [`pipe`](super::pipe).
    pub fn into_blocking_fd(self) -> io::Result<OwnedFd> {
        let file = self.io.into_inner();
        set_nonblocking(&file, false)?;
        Ok(file.into())
    }

    /// Converts into the descriptor, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// None today; the result leaves room for platforms where it cannot be given back.
    pub fn into_nonblocking_fd(self) -> io::Result<OwnedFd> {
        Ok(self.io.into_inner().into())
    }
}

/// The writing end of a pipe, from [`pipe`](super::pipe) or [`OpenOptions`](super::OpenOptions).
///
/// It implements `AsyncWrite`, whose `close` does nothing: the pipe ends when its last sender is
/// dropped.
///
/// # Examples
///
/// ```
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// use heist::net::unix::pipe::{Sender, pipe};
///
/// let (sender, receiver) = pipe()?;
/// let sender = Sender::from_owned_fd(sender.into_blocking_fd()?)?;
/// let sender = Sender::from_owned_fd_unchecked(sender.into_nonblocking_fd()?)?;
/// drop(receiver);
/// let error = sender.write(b"hello").await.unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
/// # Ok(())
/// # }
/// ```
///
/// See [`pipe`](super::pipe) and [`OpenOptions`](super::OpenOptions).
#[derive(Debug)]
pub struct Sender {
    pub(crate) io: AsyncFd<File>,
}

impl Sender {
    /// Takes over one end of a pipe, and sets it to non-blocking mode.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the file is not a pipe, or is not open for
    /// writing. Fails outside a runtime.
    ///
    /// # Examples
    ///
    /// See [`Receiver::from_file`].
    pub fn from_file(file: File) -> io::Result<Self> {
        check_is_pipe(&file)?;
        let mode = fcntl_getfl(&file)? & OFlags::RWMODE;
        if mode != OFlags::RDWR && mode != OFlags::WRONLY {
            let message = "the pipe is not open for writing";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Self::from_file_unchecked(file)
    }

    /// Like [`from_file`](Self::from_file), from a descriptor.
    ///
    /// # Errors
    ///
    /// The same as those of [`from_file`](Self::from_file).
    pub fn from_owned_fd(fd: OwnedFd) -> io::Result<Self> {
        Self::from_file(fd.into())
    }

    /// Like [`from_file`](Self::from_file), for any file that has readiness, such as a terminal.
    ///
    /// # Errors
    ///
    /// Fails if the runtime's driver cannot watch the file, and outside a runtime.
    ///
    /// # Examples
    ///
    /// See [`Receiver::from_file_unchecked`].
    pub fn from_file_unchecked(file: File) -> io::Result<Self> {
        set_nonblocking(&file, true)?;
        Self::from_opened(file)
    }

    /// Like [`from_file_unchecked`](Self::from_file_unchecked), from a descriptor.
    ///
    /// # Errors
    ///
    /// The same as those of [`from_file_unchecked`](Self::from_file_unchecked).
    pub fn from_owned_fd_unchecked(fd: OwnedFd) -> io::Result<Self> {
        Self::from_file_unchecked(fd.into())
    }

    /// Takes one end of a new pipe, whose other end is open too.
    pub(super) fn from_new(file: File) -> io::Result<Self> {
        Ok(Self {
            io: AsyncFd::new_of_kind(file, Kind::Other)?,
        })
    }

    /// Takes a file of unknown origin.
    pub(super) fn from_opened(file: File) -> io::Result<Self> {
        Ok(Self {
            io: AsyncFd::new(file)?,
        })
    }

    /// Converts into the descriptor, in blocking mode, as a child process expects it.
    ///
    /// # Errors
    ///
    /// Whatever the system's `fcntl` reports.
    ///
    /// # Examples
    ///
    /// See [`pipe`](super::pipe).
    pub fn into_blocking_fd(self) -> io::Result<OwnedFd> {
        let file = self.io.into_inner();
        set_nonblocking(&file, false)?;
        Ok(file.into())
    }

    /// Converts into the descriptor, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// None today; the result leaves room for platforms where it cannot be given back.
    pub fn into_nonblocking_fd(self) -> io::Result<OwnedFd> {
        Ok(self.io.into_inner().into())
    }
}

impl ReadSide for Receiver {
    type Io = File;

    fn read_io(&self) -> &AsyncFd<File> {
        &self.io
    }
}

impl WriteSide for Sender {
    type Io = File;

    fn write_io(&self) -> &AsyncFd<File> {
        &self.io
    }

    /// Does nothing: a pipe ends only when its last sender is dropped.
    fn close_write(&self) -> io::Result<()> {
        Ok(())
    }
}

read_methods!([] Receiver);
ready_methods!(Receiver, ReadSide::read_io);

write_methods!([] Sender);
ready_methods!(Sender, WriteSide::write_io);
