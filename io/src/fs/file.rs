//! `File`.

use super::inner::Inner;
use super::open_options::OpenOptions;
use super::sharing::Waiters;
use super::times::FileTimes;
use crate::buffer::MAX_BUFFER;
use crate::generic::Traits;
use crate::poll::{Destination, PollRead, PollSeek, PollWrite};
use crate::pool::run;
use std::fmt;
use std::fs::{Metadata, Permissions};
use std::future::poll_fn;
use std::io::{self, IoSlice, SeekFrom};
use std::marker::PhantomData;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::SystemTime;

/// An open file. `T` determines whose I/O traits it implements.
///
/// A write hands the bytes to a blocking thread: only `flush`, or the next operation, confirms that
/// they are in the file or returns the error. A dropped file is closed when the operation in
/// progress has ended.
pub struct File<T> {
    std: Arc<std::fs::File>,
    inner: Mutex<Inner>,
    waiters: Arc<Waiters>,
    max_buf_size: usize,
    _traits: PhantomData<fn() -> T>,
}

impl<T: Traits> File<T> {
    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::options().read(true).open(path).await
    }

    /// Opens a file for writing, creates it if it does not exist, and truncates it if it does.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut options = Self::options();
        options.write(true).create(true).truncate(true);
        options.open(path).await
    }

    /// Creates a file and opens it for reading and writing.
    ///
    /// # Errors
    ///
    /// The system's errors; `AlreadyExists` if it exists.
    pub async fn create_new<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        let mut options = Self::options();
        options.read(true).write(true).create_new(true);
        options.open(path).await
    }
}

impl<T> File<T> {
    /// Returns options for opening a file, all of them unset.
    #[must_use]
    pub fn options() -> OpenOptions<T> {
        OpenOptions::new()
    }

    /// Takes over a file from std.
    pub fn from_std(std: std::fs::File) -> Self {
        Self {
            std: Arc::new(std),
            inner: Mutex::default(),
            waiters: Arc::default(),
            max_buf_size: MAX_BUFFER,
            _traits: PhantomData,
        }
    }

    /// Writes the data and all metadata of the file to the disk.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn sync_all(&self) -> io::Result<()> {
        self.settled(|std| std.sync_all()).await
    }

    /// Writes the data to the disk, and the metadata that is needed to read it.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn sync_data(&self) -> io::Result<()> {
        self.settled(|std| std.sync_data()).await
    }

    /// Truncates the file, or extends it with zeros, to `size` bytes. The position does not change.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn set_len(&self, size: u64) -> io::Result<()> {
        let outcome = Arc::new(OnceLock::new());
        poll_fn(|cx| {
            self.with_shared(cx, |inner, cx| {
                ready!(inner.poll_settle(cx));
                let outcome = outcome.clone();
                let tell = move |result| drop(outcome.set(result));
                Poll::Ready(inner.start_set_len(&self.std, size, tell).transpose())
            })
        })
        .await?;
        self.settle().await;
        let outcome = Arc::into_inner(outcome).and_then(OnceLock::into_inner);
        outcome.unwrap_or_else(|| Err(io::Error::other("background task failed")))
    }

    /// Returns the metadata of the file.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn metadata(&self) -> io::Result<Metadata> {
        let std = self.std.clone();
        run(move || std.metadata()).await
    }

    /// Creates another handle for the same open file, which shares the position.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn try_clone(&self) -> io::Result<Self> {
        let mut file = Self::from_std(self.settled(|std| std.try_clone()).await?);
        file.max_buf_size = self.max_buf_size;
        Ok(file)
    }

    /// Converts into std's file, when the operation in progress has ended.
    ///
    /// # Panics
    ///
    /// Panics if another operation, whose future was dropped, has not ended yet, and the descriptor
    /// cannot be duplicated.
    pub async fn into_std(mut self) -> std::fs::File {
        poll_fn(|cx| self.inner().poll_settle(cx)).await;
        Arc::try_unwrap(self.std).unwrap_or_else(|std| {
            std.try_clone()
                .expect("the file is in use, and cannot be duplicated")
        })
    }

    /// Converts into std's file.
    ///
    /// # Errors
    ///
    /// Returns the file itself if an operation is in progress.
    #[allow(clippy::result_large_err, reason = "the signature is tokio's")]
    pub fn try_into_std(mut self) -> Result<std::fs::File, Self> {
        match Arc::try_unwrap(self.std) {
            Ok(std) => Ok(std),
            Err(std) => {
                self.std = std;
                Err(self)
            }
        }
    }

    /// Sets the permissions of the file.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn set_permissions(&self, perm: Permissions) -> io::Result<()> {
        let std = self.std.clone();
        run(move || std.set_permissions(perm)).await
    }

    /// Sets the file's times.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn set_times(&self, times: FileTimes) -> io::Result<()> {
        self.settled(|std| std.set_times(times.into_std())).await
    }

    /// Sets the time of the last modification.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        self.set_times(FileTimes::new().set_modified(time)).await
    }

    /// Sets how much is read or written at once; the default is 2 MiB. A buffer of that size is
    /// kept.
    ///
    /// # Panics
    ///
    /// Panics if it is 0.
    #[track_caller]
    pub fn set_max_buf_size(&mut self, max_buf_size: usize) {
        assert!(max_buf_size > 0, "`max_buf_size` must be greater than 0");
        self.max_buf_size = max_buf_size;
    }

    /// Returns how much is read or written at once.
    pub fn max_buf_size(&self) -> usize {
        self.max_buf_size
    }

    /// Whether this seek is in progress.
    pub(crate) fn is_seeking(&mut self, position: SeekFrom) -> bool {
        self.inner().seeking == Some(position)
    }

    fn parts(&mut self) -> (&mut Inner, &Arc<std::fs::File>, usize) {
        let inner = self.inner.get_mut();
        let inner = inner.unwrap_or_else(PoisonError::into_inner);
        (inner, &self.std, self.max_buf_size)
    }

    fn inner(&mut self) -> &mut Inner {
        self.parts().0
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Polls as one of several tasks that share the file.
    fn with_shared<R>(
        &self,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Inner, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        self.waiters.add(cx.waker());
        let waker = Waker::from(self.waiters.clone());
        poll(&mut self.lock(), &mut Context::from_waker(&waker))
    }

    /// Waits for the operation in progress.
    async fn settle(&self) {
        poll_fn(|cx| self.with_shared(cx, Inner::poll_settle)).await;
    }

    /// Runs `job` on the file when the operation in progress has ended.
    async fn settled<R: Send + 'static>(
        &self,
        job: impl FnOnce(&std::fs::File) -> io::Result<R> + Send + 'static,
    ) -> io::Result<R> {
        self.settle().await;
        let std = self.std.clone();
        run(move || job(&std)).await
    }
}

impl<T> PollRead for File<T> {
    fn poll_read_to(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut impl Destination,
    ) -> Poll<io::Result<()>> {
        let (inner, std, max) = self.parts();
        inner.poll_read(std, max, cx, into)
    }
}

impl<T> PollWrite for File<T> {
    const VECTORED: bool = true;

    fn poll_write_from(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let (inner, std, max) = self.parts();
        inner.poll_write(std, max, cx, bufs)
    }

    fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }
}

impl<T> PollSeek for File<T> {
    fn begin_seek(&mut self, position: SeekFrom) -> io::Result<()> {
        let (inner, std, _) = self.parts();
        inner.start_seek(std, position)
    }

    fn poll_position(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        self.inner().poll_position(cx)
    }
}

impl<T> From<std::fs::File> for File<T> {
    fn from(std: std::fs::File) -> Self {
        Self::from_std(std)
    }
}

impl<T> fmt::Debug for File<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("std", &self.std).finish()
    }
}

#[cfg(unix)]
mod unix {
    use super::File;
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

    impl<T> From<OwnedFd> for File<T> {
        fn from(fd: OwnedFd) -> Self {
            Self::from_std(fd.into())
        }
    }

    impl<T> AsFd for File<T> {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.std.as_fd()
        }
    }

    impl<T> AsRawFd for File<T> {
        fn as_raw_fd(&self) -> RawFd {
            self.std.as_raw_fd()
        }
    }

    impl<T> FromRawFd for File<T> {
        unsafe fn from_raw_fd(fd: RawFd) -> Self {
            // SAFETY: the caller guarantees that the descriptor is open and owned.
            Self::from_std(unsafe { std::fs::File::from_raw_fd(fd) })
        }
    }
}

#[cfg(windows)]
mod windows {
    use super::File;
    use std::os::windows::io::{
        AsHandle, AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle, RawHandle,
    };

    impl<T> From<OwnedHandle> for File<T> {
        fn from(handle: OwnedHandle) -> Self {
            Self::from_std(handle.into())
        }
    }

    impl<T> AsHandle for File<T> {
        fn as_handle(&self) -> BorrowedHandle<'_> {
            self.std.as_handle()
        }
    }

    impl<T> AsRawHandle for File<T> {
        fn as_raw_handle(&self) -> RawHandle {
            self.std.as_raw_handle()
        }
    }

    impl<T> FromRawHandle for File<T> {
        unsafe fn from_raw_handle(handle: RawHandle) -> Self {
            // SAFETY: the caller guarantees that the handle is open and owned.
            Self::from_std(unsafe { std::fs::File::from_raw_handle(handle) })
        }
    }
}
