//! Pipes: anonymous ones, created by [`pipe`], and named ones (FIFOs), opened by [`OpenOptions`].
//!
//! A [`Receiver`] reads what a [`Sender`] writes. When the last sender is dropped, receivers read
//! the end; when the last receiver is, senders get a broken pipe.

mod ends;
mod open_options;

use std::fs::File;
use std::io;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

pub use ends::{Receiver, Sender};
pub use open_options::OpenOptions;

/// Creates an anonymous pipe.
///
/// # Errors
///
/// Whatever the system's `pipe` reports, such as too many open files. Fails outside a runtime.
///
/// # Examples
///
/// The output of a child process:
///
/// ```
/// use heist::io::AsyncReadExt;
/// use heist::net::unix::pipe;
/// use std::process::Command;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let (sender, mut receiver) = pipe::pipe()?;
/// let mut child = Command::new("echo")
///     .arg("hello")
///     .stdout(sender.into_blocking_fd()?)
///     .spawn()?;
///
/// let mut output = String::new();
/// receiver.read_to_string(&mut output).await?;
/// assert_eq!(output, "hello\n");
/// # child.wait()?;
/// # Ok(())
/// # }
/// ```
pub fn pipe() -> io::Result<(Sender, Receiver)> {
    let (reader, writer) = open_pipe()?;
    let sender = Sender::from_new(writer)?;
    Ok((sender, Receiver::from_new(reader)?))
}

#[cfg(not(target_vendor = "apple"))]
fn open_pipe() -> io::Result<(File, File)> {
    use rustix::pipe::{PipeFlags, pipe_with};

    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
    Ok((reader.into(), writer.into()))
}

#[cfg(target_vendor = "apple")]
fn open_pipe() -> io::Result<(File, File)> {
    use rustix::io::{FdFlags, fcntl_setfd};

    let (reader, writer) = rustix::pipe::pipe()?;
    for end in [&reader, &writer] {
        fcntl_setfd(end, FdFlags::CLOEXEC)?;
    }
    let (reader, writer) = (File::from(reader), File::from(writer));
    set_nonblocking(&reader, true)?;
    set_nonblocking(&writer, true)?;
    Ok((reader, writer))
}

fn set_nonblocking(file: &File, nonblocking: bool) -> io::Result<()> {
    let flags = fcntl_getfl(file)?;
    let wanted = match nonblocking {
        true => flags | OFlags::NONBLOCK,
        false => flags - OFlags::NONBLOCK,
    };
    if wanted != flags {
        fcntl_setfl(file, wanted)?;
    }
    Ok(())
}
