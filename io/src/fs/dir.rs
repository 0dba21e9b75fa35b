//! Directories: creating and listing them.

use crate::pool::{lost_job, run, start};
use heist_runtime::task::JoinHandle;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{FileType, Metadata};
use std::future::{Future, poll_fn};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// The number of entries that a job reads: tokio's value.
const CHUNK: usize = 32;

/// Creates directories; see [`std::fs::DirBuilder`].
#[derive(Debug, Default)]
pub struct DirBuilder {
    recursive: bool,
    #[cfg(unix)]
    mode: Option<u32>,
}

impl DirBuilder {
    /// Creates a builder that creates one directory, whose parent must exist.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether missing parents are created too. An existing directory is then no error.
    pub fn recursive(&mut self, recursive: bool) -> &mut Self {
        self.recursive = recursive;
        self
    }

    /// Sets the mode of the directory.
    #[cfg(unix)]
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.mode = Some(mode);
        self
    }

    /// Creates a directory.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn create(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref().to_owned();
        let mut std = std::fs::DirBuilder::new();
        std.recursive(self.recursive);
        #[cfg(unix)]
        if let Some(mode) = self.mode {
            std::os::unix::fs::DirBuilderExt::mode(&mut std, mode);
        }
        run(move || std.create(path)).await
    }
}

/// Lists a directory; see [`std::fs::read_dir`].
///
/// # Errors
///
/// The system's.
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    let path = path.as_ref().to_owned();
    let listing = run(move || {
        let mut listing = Box::new(Listing {
            std: std::fs::read_dir(path)?,
            read: VecDeque::with_capacity(CHUNK),
            ended: false,
        });
        listing.read_chunk();
        Ok(listing)
    });
    Ok(ReadDir(State::Idle(Some(listing.await?))))
}

/// The entries of a directory; see [`read_dir`].
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct ReadDir(State);

#[derive(Debug)]
enum State {
    /// `None` if the job that held it was cancelled, because the runtime has ended.
    // Boxed: 0.7 KiB on some systems.
    Idle(Option<Box<Listing>>),
    Busy(JoinHandle<Box<Listing>>),
}

#[derive(Debug)]
struct Listing {
    std: std::fs::ReadDir,
    read: VecDeque<io::Result<DirEntry>>,
    ended: bool,
}

impl Listing {
    fn read_chunk(&mut self) {
        while self.read.len() < CHUNK {
            let Some(entry) = self.std.next() else {
                self.ended = true;
                return;
            };
            let failed = entry.is_err();
            self.read.push_back(entry.map(DirEntry::new));
            if failed {
                return;
            }
        }
    }
}

impl ReadDir {
    /// Returns the next entry; `None` when there is none left.
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no entry is lost.
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        poll_fn(|cx| self.poll_next_entry(cx)).await
    }

    /// The polling form of [`next_entry`](Self::next_entry).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn poll_next_entry(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<DirEntry>>> {
        loop {
            match &mut self.0 {
                State::Idle(slot) => {
                    let Some(listing) = slot else {
                        return Poll::Ready(Err(io::Error::other("the runtime has shut down")));
                    };
                    if let Some(entry) = listing.read.pop_front() {
                        return Poll::Ready(entry.map(Some));
                    }
                    if listing.ended {
                        return Poll::Ready(Ok(None));
                    }
                    let mut listing = slot.take().expect("seen above");
                    self.0 = State::Busy(start(move || {
                        listing.read_chunk();
                        listing
                    })?);
                }
                State::Busy(job) => match ready!(Pin::new(job).poll(cx)) {
                    Ok(listing) => self.0 = State::Idle(Some(listing)),
                    Err(error) => {
                        self.0 = State::Idle(None);
                        return Poll::Ready(Err(lost_job(error)));
                    }
                },
            }
        }
    }
}

/// An entry of a directory; see [`std::fs::DirEntry`].
#[derive(Debug)]
pub struct DirEntry {
    std: Arc<std::fs::DirEntry>,
    /// Most systems return it with the entry.
    file_type: Option<FileType>,
}

impl DirEntry {
    fn new(std: std::fs::DirEntry) -> Self {
        Self {
            file_type: std.file_type().ok(),
            std: Arc::new(std),
        }
    }

    /// Returns the path: the directory's path and the file name.
    pub fn path(&self) -> PathBuf {
        self.std.path()
    }

    /// Returns the file name.
    pub fn file_name(&self) -> OsString {
        self.std.file_name()
    }

    /// Returns the metadata of the file, or of the link itself.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn metadata(&self) -> io::Result<Metadata> {
        let std = self.std.clone();
        run(move || std.metadata()).await
    }

    /// Returns the type: a file, a directory, a link.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn file_type(&self) -> io::Result<FileType> {
        if let Some(file_type) = self.file_type {
            return Ok(file_type);
        }
        let std = self.std.clone();
        run(move || std.file_type()).await
    }

    /// Returns the inode number.
    #[cfg(unix)]
    pub fn ino(&self) -> u64 {
        std::os::unix::fs::DirEntryExt::ino(&*self.std)
    }
}
