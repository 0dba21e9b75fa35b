//! On Unix they are ordinary pipes, watched by the driver.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::process::Stdio;

use heist_net::unix::pipe::{Receiver, Sender};

use super::{ChildStderr, ChildStdin, ChildStdout};

pub(super) type Reader = Receiver;
pub(super) type Writer = Sender;

/// Unchecked, since std has created the pipe.
pub(super) fn open_reader(pipe: impl Into<OwnedFd>) -> io::Result<Reader> {
    Receiver::from_owned_fd_unchecked(pipe.into())
}

/// Unchecked, since std has created the pipe.
pub(super) fn open_writer(pipe: impl Into<OwnedFd>) -> io::Result<Writer> {
    Sender::from_owned_fd_unchecked(pipe.into())
}

macro_rules! descriptor {
    ($Type:ident, $End:ident, $field:literal) => {
        impl $Type {
            /// Converts into the descriptor, in blocking mode, as programs expect it.
            ///
            /// # Errors
            ///
            /// Whatever the system's `fcntl` reports.
            ///
            /// # Examples
            ///
            /// ```
            /// use heist::process::Command;
            /// use std::process::Stdio;
            ///
            /// # #[heist::main]
            /// # async fn main() -> std::io::Result<()> {
            /// let mut command = Command::new("true");
            #[doc = concat!("let mut child = command.", $field, "(Stdio::piped()).spawn()?;")]
            #[doc = concat!("let pipe = child.", $field, ".take().expect(\"it is piped\");")]
            /// let file = std::fs::File::from(pipe.into_owned_fd()?);
            /// # drop(file);
            /// # child.wait().await?;
            /// # Ok(())
            /// # }
            /// ```
            pub fn into_owned_fd(self) -> io::Result<OwnedFd> {
                self.inner.into_blocking_fd()
            }
        }

        /// For another child to inherit, as in a shell's `a | b`. The pipe is set to blocking mode,
        /// as programs expect.
        impl TryFrom<$Type> for Stdio {
            type Error = io::Error;

            fn try_from(pipe: $Type) -> io::Result<Self> {
                pipe.into_owned_fd().map(Self::from)
            }
        }

        /// Converts into an ordinary end of a pipe, which [`copy`](heist_net::copy()) moves bytes
        /// through without a buffer.
        impl From<$Type> for $End {
            fn from(pipe: $Type) -> Self {
                pipe.inner
            }
        }

        impl AsFd for $Type {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.inner.as_fd()
            }
        }

        impl AsRawFd for $Type {
            fn as_raw_fd(&self) -> RawFd {
                self.inner.as_raw_fd()
            }
        }
    };
}

descriptor!(ChildStdin, Sender, "stdin");
descriptor!(ChildStdout, Receiver, "stdout");
descriptor!(ChildStderr, Receiver, "stderr");
