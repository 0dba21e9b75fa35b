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
    /// The usual way to open: for one direction, and nothing but a pipe.
    ///
    /// # Examples
    ///
    /// See [`OpenOptions`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to open the pipe for both directions, which only Linux defines.
    ///
    /// A sender then opens even if nobody has the pipe open to read, and a receiver never reads the
    /// end when a sender goes, since it counts as one itself.
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

    /// Opens the pipe at `path` to read. Nobody need have it open to write yet: reads wait until
    /// somebody has. The end comes when the last writer has closed it. For those who come later,
    /// open it again, or for [both directions](Self::read_write) in the first place.
    ///
    /// # Errors
    ///
    /// Names the path: it cannot be opened, or is no pipe
    /// ([`InvalidInput`](io::ErrorKind::InvalidInput)). Fails outside a runtime.
    ///
    /// # Examples
    ///
    /// See [`OpenOptions`].
    pub fn open_receiver<P: AsRef<Path>>(&self, path: P) -> io::Result<Receiver> {
        let path = path.as_ref();
        self.open(path, false)
            .and_then(Receiver::from_opened)
            .map_err(|error| {
                NamedError::about(format!("open pipe {} to read", path.display()), error)
            })
    }

    /// Opens the pipe at `path` to write.
    ///
    /// # Errors
    ///
    /// Names the path: it cannot be opened, is no pipe
    /// ([`InvalidInput`](io::ErrorKind::InvalidInput)), or nobody has it open to read (the system's
    /// `ENXIO`; see [`read_write`](Self::read_write)). Fails outside a runtime.
    ///
    /// # Examples
    ///
    /// See [`OpenOptions`].
    pub fn open_sender<P: AsRef<Path>>(&self, path: P) -> io::Result<Sender> {
        let path = path.as_ref();
        self.open(path, true)
            .and_then(Sender::from_opened)
            .map_err(|error| {
                NamedError::about(format!("open pipe {} to write", path.display()), error)
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
