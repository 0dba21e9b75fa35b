//! How named pipes are opened.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use heist_runtime::io::NamedError;
use rustix::fs::OFlags;

use crate::unix::pipe::{Receiver, Sender};

/// How to open a named pipe (FIFO).
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::unix::pipe;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let path = std::env::temp_dir().join(format!("heist-fifo-{}", std::process::id()));
/// # assert!(std::process::Command::new("mkfifo").arg(&path).status()?.success());
/// let mut receiver = pipe::OpenOptions::new().open_receiver(&path)?;
/// let mut sender = pipe::OpenOptions::new().open_sender(&path)?;
/// sender.write_all(b"hello").await?;
///
/// let mut buf = [0; 5];
/// receiver.read_exact(&mut buf).await?;
/// assert_eq!(&buf, b"hello");
/// # std::fs::remove_file(path)
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    read_write: bool,
    unchecked: bool,
}

impl OpenOptions {
    /// Creates the default options: for one direction, and only if the file is a pipe.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to open the pipe for both directions, which only Linux defines.
    ///
    /// A sender then opens even if no process has the pipe open for reading, and a receiver never
    /// reads the end when the last sender closes, since it counts as a sender itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let path = std::env::temp_dir().join(format!("heist-fiforw-{}", std::process::id()));
    /// # assert!(std::process::Command::new("mkfifo").arg(&path).status()?.success());
    /// let sender = pipe::OpenOptions::new().read_write(true).open_sender(&path)?;
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn read_write(&mut self, value: bool) -> &mut Self {
        self.read_write = value;
        self
    }

    /// Whether to skip the check that the file is a pipe.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let terminal = pipe::OpenOptions::new().unchecked(true).open_receiver("/dev/tty");
    /// # drop(terminal);
    /// # Ok(())
    /// # }
    /// ```
    pub fn unchecked(&mut self, value: bool) -> &mut Self {
        self.unchecked = value;
        self
    }

    /// Opens the pipe at `path` for reading. No process needs to have it open for writing yet:
    /// reads wait for one. The receiver reads the end once the last writer has closed the pipe. To
    /// serve later writers, open it again, or for [both directions](Self::read_write) in the first
    /// place.
    ///
    /// # Errors
    ///
    /// The error names the path: it cannot be opened, or is not a pipe
    /// ([`InvalidInput`](io::ErrorKind::InvalidInput)). Fails outside a runtime.
    pub fn open_receiver<P: AsRef<Path>>(&self, path: P) -> io::Result<Receiver> {
        let path = path.as_ref();
        self.open(path, false)
            .and_then(Receiver::from_opened)
            .map_err(|error| {
                NamedError::about(format!("open pipe {} for reading", path.display()), error)
            })
    }

    /// Opens the pipe at `path` for writing.
    ///
    /// # Errors
    ///
    /// The error names the path: it cannot be opened, is not a pipe
    /// ([`InvalidInput`](io::ErrorKind::InvalidInput)), or no process has it open for reading (the
    /// system's `ENXIO`; see [`read_write`](Self::read_write)). Fails outside a runtime.
    pub fn open_sender<P: AsRef<Path>>(&self, path: P) -> io::Result<Sender> {
        let path = path.as_ref();
        self.open(path, true)
            .and_then(Sender::from_opened)
            .map_err(|error| {
                NamedError::about(format!("open pipe {} for writing", path.display()), error)
            })
    }

    fn open(&self, path: &Path, write: bool) -> io::Result<File> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let both = self.read_write;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let both = false;
        let file = File::options()
            .read(!write || both)
            .write(write || both)
            .custom_flags(OFlags::NONBLOCK.bits() as i32)
            .open(path)?;
        if !self.unchecked {
            check_is_pipe(&file)?;
        }
        Ok(file)
    }
}

pub(super) fn check_is_pipe(file: &File) -> io::Result<()> {
    if file.metadata()?.file_type().is_fifo() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "not a pipe"))
}
