//! The pipes to and from a child process.

use crate::evented::{Evented, read_pipe, set_nonblocking};
use crate::io::{AsyncRead, ReadBuf};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::process::{self, Stdio};
use std::task::{Context, Poll};

/// Conversions to and from std's pipes.
macro_rules! pipe {
    ($Pipe:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Debug)]
        pub struct $Pipe {
            io: Evented<File>,
        }

        impl $Pipe {
            /// Converts std's pipe.
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            ///
            /// # Panics
            ///
            /// Panics if called outside a runtime, or in a runtime without I/O.
            #[track_caller]
            pub fn from_std(inner: process::$Pipe) -> io::Result<Self> {
                let file = File::from(OwnedFd::from(inner));
                set_nonblocking(&file, true)?;
                Ok(Self {
                    io: Evented::new(file)?,
                })
            }

            /// Returns the descriptor, switched to blocking mode.
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            pub fn into_owned_fd(self) -> io::Result<OwnedFd> {
                let file = self.io.into_inner();
                set_nonblocking(&file, false)?;
                Ok(file.into())
            }
        }

        impl TryInto<Stdio> for $Pipe {
            type Error = io::Error;

            fn try_into(self) -> io::Result<Stdio> {
                self.into_owned_fd().map(Stdio::from)
            }
        }

        impl AsFd for $Pipe {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.io.as_fd()
            }
        }

        impl AsRawFd for $Pipe {
            fn as_raw_fd(&self) -> RawFd {
                self.io.as_raw_fd()
            }
        }
    };
}

pipe!(ChildStdin, "The standard input of a child process.");
pipe!(ChildStdout, "The standard output of a child process.");
pipe!(ChildStderr, "The standard error of a child process.");

write_traits!(ChildStdin, |pipe| pipe.io, |_pipe| Ok(()));

/// Reading from a pipe.
macro_rules! reads {
    ($($Pipe:ident)*) => {
        $(impl AsyncRead for $Pipe {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                self.io.poll_read(cx, buf, read_pipe)
            }
        })*
    };
}

reads!(ChildStdout ChildStderr);
