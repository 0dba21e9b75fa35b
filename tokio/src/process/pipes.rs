//! The pipes to and from a child.

use crate::evented::{Evented, read_pipe, set_nonblocking};
use crate::io::{AsyncRead, ReadBuf};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::process::{self, Stdio};
use std::task::{Context, Poll};

/// Making a pipe of std's, and giving it back.
macro_rules! pipe {
    ($Pipe:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Debug)]
        pub struct $Pipe {
            io: Evented<File>,
        }

        impl $Pipe {
            /// Takes over std's.
            ///
            /// # Errors
            ///
            /// What the operating system answered.
            ///
            /// # Panics
            ///
            /// Outside a runtime, or in one without I/O.
            #[track_caller]
            pub fn from_std(inner: process::$Pipe) -> io::Result<Self> {
                let file = File::from(OwnedFd::from(inner));
                set_nonblocking(&file, true)?;
                Ok(Self {
                    io: Evented::new(file)?,
                })
            }

            /// Gives the descriptor back, which then blocks.
            ///
            /// # Errors
            ///
            /// What the operating system answered.
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

pipe!(ChildStdin, "What a child reads.");
pipe!(ChildStdout, "What a child writes.");
pipe!(ChildStderr, "The errors that a child writes.");

write_traits!(ChildStdin, |pipe| pipe.io, |_pipe| Ok(()));

/// Reading a pipe.
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
