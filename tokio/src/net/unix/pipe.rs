//! Pipes and FIFOs.

use crate::evented::{read_pipe, set_nonblocking};
use crate::io::{AsyncRead, Interest, ReadBuf};
use crate::net::Evented;
use rustix::fs::{FileType, OFlags};
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Creates a pipe.
///
/// # Errors
///
/// Returns the error of the operating system.
///
/// # Panics
///
/// Panics if called outside a runtime.
#[track_caller]
pub fn pipe() -> io::Result<(Sender, Receiver)> {
    #[cfg(not(target_vendor = "apple"))]
    let (read, write) = {
        use rustix::pipe::{PipeFlags, pipe_with};
        pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?
    };
    #[cfg(target_vendor = "apple")]
    let (read, write) = {
        use rustix::io::{FdFlags, fcntl_setfd};
        let (read, write) = rustix::pipe::pipe()?;
        for end in [&read, &write] {
            fcntl_setfd(end, FdFlags::CLOEXEC)?;
            set_nonblocking(end, true)?;
        }
        (read, write)
    };
    Ok((
        Sender::from_owned_fd_unchecked(write)?,
        Receiver::from_owned_fd_unchecked(read)?,
    ))
}

/// Options for opening a FIFO.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    read_write: bool,
    unchecked: bool,
}

impl OpenOptions {
    /// Returns options for one direction, with the check that the file is a FIFO.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether the FIFO is opened for both directions: opening then succeeds without another
    /// process at the other end.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn read_write(&mut self, value: bool) -> &mut Self {
        self.read_write = value;
        self
    }

    /// Sets whether the file may be something other than a FIFO.
    pub fn unchecked(&mut self, value: bool) -> &mut Self {
        self.unchecked = value;
        self
    }

    /// Opens the reading end.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system, or an error if the file is not a FIFO.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime.
    #[track_caller]
    pub fn open_receiver<P: AsRef<Path>>(&self, path: P) -> io::Result<Receiver> {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(self.read_write);
        Receiver::from_file_unchecked(self.open(options, path.as_ref())?)
    }

    /// Opens the writing end.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system, which may be that there is no reader, or an error
    /// if the file is not a FIFO.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime.
    #[track_caller]
    pub fn open_sender<P: AsRef<Path>>(&self, path: P) -> io::Result<Sender> {
        let mut options = std::fs::OpenOptions::new();
        options.read(self.read_write).write(true);
        Sender::from_file_unchecked(self.open(options, path.as_ref())?)
    }

    fn open(&self, mut options: std::fs::OpenOptions, path: &Path) -> io::Result<File> {
        let file = options
            .custom_flags(OFlags::NONBLOCK.bits() as i32)
            .open(path)?;
        if !self.unchecked {
            expect_pipe(&file)?;
        }
        Ok(file)
    }
}

/// Conversions to and from the end of a pipe.
macro_rules! end {
    ($End:ident, $flag:ident, $names:literal, $interest:expr) => {
        impl $End {
            /// Converts a file that is a pipe or a FIFO.
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system, or an error if the file is not a pipe or
            /// is open for the other direction.
            ///
            /// # Panics
            ///
            /// Panics if called outside a runtime.
            #[track_caller]
            pub fn from_file(file: File) -> io::Result<Self> {
                Self::from_owned_fd(file.into())
            }

            /// Like [`from_file`](Self::from_file).
            ///
            /// # Errors
            ///
            /// See [`from_file`](Self::from_file).
            ///
            /// # Panics
            ///
            /// Panics if called outside a runtime.
            #[track_caller]
            pub fn from_owned_fd(owned_fd: OwnedFd) -> io::Result<Self> {
                expect_pipe(&owned_fd)?;
                let mode = rustix::fs::fcntl_getfl(&owned_fd)? & OFlags::ACCMODE;
                if mode != OFlags::$flag && mode != OFlags::RDWR {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidInput,
                        concat!("not in ", $names, " access mode"),
                    ));
                }
                set_nonblocking(&owned_fd, true)?;
                Self::from_owned_fd_unchecked(owned_fd)
            }

            /// Converts a file that is in non-blocking mode and can be awaited.
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            ///
            /// # Panics
            ///
            /// Panics if called outside a runtime.
            #[track_caller]
            pub fn from_file_unchecked(file: File) -> io::Result<Self> {
                Ok(Self {
                    io: Evented::new(file)?,
                })
            }

            /// Like [`from_file_unchecked`](Self::from_file_unchecked).
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            ///
            /// # Panics
            ///
            /// Panics if called outside a runtime.
            #[track_caller]
            pub fn from_owned_fd_unchecked(owned_fd: OwnedFd) -> io::Result<Self> {
                Self::from_file_unchecked(owned_fd.into())
            }

            readiness_methods!();

            /// Tries the user's operation, if the pipe is ready for it.
            ///
            /// # Errors
            ///
            /// Returns `WouldBlock` if the pipe is not ready or the operation would block, or
            /// another error of the operation.
            pub fn try_io<R>(&self, f: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
                self.io.try_io($interest, |_| f())
            }

            /// Returns the descriptor, switched to blocking mode.
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            pub fn into_blocking_fd(self) -> io::Result<OwnedFd> {
                let fd = self.into_nonblocking_fd()?;
                set_nonblocking(&fd, false)?;
                Ok(fd)
            }

            /// Returns the descriptor, in non-blocking mode.
            ///
            /// # Errors
            ///
            /// Returns no error at present.
            pub fn into_nonblocking_fd(self) -> io::Result<OwnedFd> {
                Ok(self.io.into_inner().into())
            }
        }

        raw_descriptor!($End);
    };
}

/// The writing end of a pipe.
#[derive(Debug)]
pub struct Sender {
    io: Evented<File>,
}

/// The reading end of a pipe.
#[derive(Debug)]
pub struct Receiver {
    io: Evented<File>,
}

end!(Sender, WRONLY, "O_WRONLY or O_RDWR", Interest::WRITABLE);
end!(Receiver, RDONLY, "O_RDONLY or O_RDWR", Interest::READABLE);

impl Sender {
    writable_methods!(poll_write_ready);
    try_write_methods!();
}

write_traits!(Sender, |end| end.io, |_end| Ok(()));

impl Receiver {
    readable_methods!(poll_read_ready);
    try_read_methods!();

    /// Reads the available bytes and appends them to a buffer, without waiting.
    ///
    /// # Errors
    ///
    /// Returns `WouldBlock` if there is nothing to read.
    #[cfg(feature = "io-util")]
    pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, |io| {
            let read = |room: &mut [MaybeUninit<u8>]| Ok((read_pipe(io, room)?, ()));
            // SAFETY: the bytes that `read_pipe` counts are initialized.
            Ok(unsafe { crate::evented::read_into(buf, read) }?.0)
        })
    }
}

impl AsyncRead for Receiver {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.io.poll_read(cx, buf, read_pipe)
    }
}

fn expect_pipe(fd: impl AsFd) -> io::Result<()> {
    let stat = rustix::fs::fstat(fd)?;
    match FileType::from_raw_mode(stat.st_mode) == FileType::Fifo {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a pipe")),
    }
}
