//! The pipes to and from a child, as async streams. Each platform implements them differently
//! (`Reader` and `Writer`).

#[cfg(feature = "tokio-io")]
mod tokio_io;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io::{self, IoSlice, IoSliceMut};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

#[cfg(unix)]
use unix::{Reader, Writer, open_reader, open_writer};
#[cfg(windows)]
use windows::{Reader, Writer, open_reader, open_writer};

/// The pipe to a child's standard input: [`Child::stdin`](crate::Child::stdin).
///
/// It implements `AsyncWrite`, whose `close` does nothing on Unix: the child reads the end when
/// this is dropped.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncWriteExt;
/// use heist::process::Command;
/// use std::process::Stdio;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut child = Command::new("grep").args(["-q", "lo"]).stdin(Stdio::piped()).spawn()?;
/// let mut stdin = child.stdin.take().expect("it is piped");
/// stdin.write_all(b"hello\n").await?;
/// drop(stdin);
/// assert!(child.wait().await?.success());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ChildStdin {
    inner: Writer,
}

/// The pipe from a child's standard output: [`Child::stdout`](crate::Child::stdout).
///
/// It implements `AsyncRead`.
///
/// # Examples
///
/// Line by line, as they arrive:
///
/// ```
/// use heist::io::{AsyncBufReadExt, BufReader};
/// use heist::process::Command;
/// use std::process::Stdio;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut child = Command::new("printf")
///     .arg(r"one\ntwo\n")
///     .stdout(Stdio::piped())
///     .spawn()?;
/// let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
/// let mut line = String::new();
/// while stdout.read_line(&mut line).await? > 0 {
///     print!("the child says {line}");
///     line.clear();
/// }
/// # child.wait().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ChildStdout {
    inner: Reader,
}

/// The pipe from a child's standard error: [`Child::stderr`](crate::Child::stderr).
///
/// It implements `AsyncRead`.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncReadExt;
/// use heist::process::Command;
/// use std::process::Stdio;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut child = Command::new("ls").arg("/no/such/file").stderr(Stdio::piped()).spawn()?;
/// let mut complaint = String::new();
/// child.stderr.take().expect("it is piped").read_to_string(&mut complaint).await?;
/// assert!(complaint.contains("/no/such/file"));
/// # child.wait().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ChildStderr {
    inner: Reader,
}

/// What all three have in common. `$open` creates the platform's stream from std's pipe.
macro_rules! pipe_methods {
    ($Type:ident, $open:ident, $field:literal) => {
        impl $Type {
            /// Takes over a pipe from std.
            ///
            /// # Errors
            ///
            /// Fails if the runtime's driver cannot watch the pipe, and outside a runtime.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use heist::process::", stringify!($Type), ";")]
            /// use std::process::{Command, Stdio};
            ///
            /// # #[heist::main]
            /// # async fn main() -> std::io::Result<()> {
            /// let mut command = Command::new("true");
            #[doc = concat!("let mut child = command.", $field, "(Stdio::piped()).spawn()?;")]
            #[doc = concat!("let pipe = child.", $field, ".take().expect(\"it is piped\");")]
            #[doc = concat!("let pipe = ", stringify!($Type), "::from_std(pipe)?;")]
            /// # drop(pipe);
            /// # child.wait()?;
            /// # Ok(())
            /// # }
            /// ```
            pub fn from_std(pipe: std::process::$Type) -> io::Result<Self> {
                let inner = $open(pipe)?;
                Ok(Self { inner })
            }
        }
    };
}

pipe_methods!(ChildStdin, open_writer, "stdin");
pipe_methods!(ChildStdout, open_reader, "stdout");
pipe_methods!(ChildStderr, open_reader, "stderr");

macro_rules! async_read {
    ($Type:ty) => {
        impl AsyncRead for $Type {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.inner).poll_read(cx, buf)
            }

            fn poll_read_vectored(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.inner).poll_read_vectored(cx, bufs)
            }
        }
    };
}

async_read!(ChildStdout);
async_read!(ChildStderr);

impl AsyncWrite for ChildStdin {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}
