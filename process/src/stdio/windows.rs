//! On Windows a child's pipes have no readiness: they are read and written on threads that may
//! block.
//!
//! The threads belong to the crate `blocking`, not to the runtime, whose shutdown would wait for a
//! read that may never end. The invariant: each pipe has at most one operation in progress.

use std::fs::File;
use std::future::Future;
use std::io::{self, Read, Write};
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, OwnedHandle, RawHandle};
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use blocking::{Task, unblock};
use futures_io::{AsyncRead, AsyncWrite};

use super::{ChildStderr, ChildStdin, ChildStdout};

/// The most that is read or written at once: bytes in transit are copied.
const MAX_LEN: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Reader {
    file: Arc<File>,
    reading: Option<Task<io::Result<Vec<u8>>>>,
    /// Bytes that were read and not taken yet: those from `taken` on.
    buffer: Vec<u8>,
    taken: usize,
}

pub(super) fn open_reader(pipe: impl Into<OwnedHandle>) -> io::Result<Reader> {
    Ok(Reader {
        file: Arc::new(pipe.into().into()),
        reading: None,
        buffer: Vec::new(),
        taken: 0,
    })
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if this.taken == this.buffer.len() {
            let reading = this.reading.get_or_insert_with(|| {
                let file = this.file.clone();
                let len = buf.len().min(MAX_LEN);
                unblock(move || read(&file, len))
            });
            let result = ready!(Pin::new(reading).poll(cx));
            this.reading = None;
            this.buffer = result?;
            this.taken = 0;
        }
        // Empty at the end of the stream. The read may have been for a longer buffer: the rest is
        // kept.
        let rest = &this.buffer[this.taken..];
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        this.taken += count;
        Poll::Ready(Ok(count))
    }
}

fn read(mut file: &File, len: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; len];
    let count = file.read(&mut buffer)?;
    buffer.truncate(count);
    Ok(buffer)
}

#[derive(Debug)]
pub(super) struct Writer {
    file: Arc<File>,
    writing: Option<Task<io::Result<()>>>,
}

pub(super) fn open_writer(pipe: impl Into<OwnedHandle>) -> io::Result<Writer> {
    Ok(Writer {
        file: Arc::new(pipe.into().into()),
        writing: None,
    })
}

impl AsyncWrite for Writer {
    /// Takes the bytes, and writes them later: the next write or flush returns an error.
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.as_mut().poll_flush(cx))?;
        let bytes = buf[..buf.len().min(MAX_LEN)].to_vec();
        let count = bytes.len();
        let file = self.file.clone();
        self.writing = Some(unblock(move || (&*file).write_all(&bytes)));
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(writing) = &mut self.writing {
            let result = ready!(Pin::new(writing).poll(cx));
            self.writing = None;
            result?;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(writing) = self.writing.take() {
            // The bytes that were accepted are still written; the pipe is closed after that.
            writing.detach();
        }
    }
}

macro_rules! handle {
    ($Type:ident, $field:literal) => {
        impl $Type {
            /// Returns a handle of the pipe. Bytes that a read in progress has taken from it are
            /// lost.
            ///
            /// # Errors
            ///
            /// Whatever the system's `DuplicateHandle` reports.
            ///
            /// # Examples
            ///
            /// ```no_run
            /// use heist::process::Command;
            /// use std::process::Stdio;
            ///
            /// # #[heist::main]
            /// # async fn main() -> std::io::Result<()> {
            /// let mut command = Command::new("whoami");
            #[doc = concat!("let mut child = command.", $field, "(Stdio::piped()).spawn()?;")]
            #[doc = concat!("let pipe = child.", $field, ".take().expect(\"it is piped\");")]
            /// let file = std::fs::File::from(pipe.into_owned_handle()?);
            /// # drop(file);
            /// # child.wait().await?;
            /// # Ok(())
            /// # }
            /// ```
            pub fn into_owned_handle(self) -> io::Result<OwnedHandle> {
                self.as_handle().try_clone_to_owned()
            }
        }

        /// For another child to inherit, as in a shell's `a | b`.
        impl TryFrom<$Type> for Stdio {
            type Error = io::Error;

            fn try_from(pipe: $Type) -> io::Result<Self> {
                pipe.into_owned_handle().map(Self::from)
            }
        }

        impl AsHandle for $Type {
            fn as_handle(&self) -> BorrowedHandle<'_> {
                self.inner.file.as_handle()
            }
        }

        impl AsRawHandle for $Type {
            fn as_raw_handle(&self) -> RawHandle {
                self.inner.file.as_raw_handle()
            }
        }
    };
}

handle!(ChildStdin, "stdin");
handle!(ChildStdout, "stdout");
handle!(ChildStderr, "stderr");
