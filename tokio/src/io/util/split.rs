//! `split`: the reading and the writing half of a stream, for use by two tasks.
//!
//! Invariant: the stream does not move while a half exists, and is accessed only under the lock.

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// The half that reads; see [`split`].
pub struct ReadHalf<T> {
    shared: Arc<Shared<T>>,
}

/// The half that writes; see [`split`].
pub struct WriteHalf<T> {
    shared: Arc<Shared<T>>,
}

/// Splits a stream into two halves, which can be given to two tasks.
///
/// [`ReadHalf::unsplit`] joins them again. The stream is dropped with the last half. A socket's own
/// `into_split` is cheaper.
pub fn split<T: AsyncRead + AsyncWrite>(stream: T) -> (ReadHalf<T>, WriteHalf<T>) {
    let shared = Arc::new(Shared {
        is_write_vectored: stream.is_write_vectored(),
        stream: Mutex::new(stream),
    });
    let reader = ReadHalf {
        shared: shared.clone(),
    };
    (reader, WriteHalf { shared })
}

struct Shared<T> {
    stream: Mutex<T>,
    /// Determined once, so that reading it takes no lock.
    is_write_vectored: bool,
}

impl<T> Shared<T> {
    fn with<R>(&self, operation: impl FnOnce(Pin<&mut T>) -> R) -> R {
        // A panic in an operation on one half is no reason to disable the other half.
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the stream is in an `Arc`, and is moved out only by `unsplit`, which requires it
        // to be `Unpin`.
        operation(unsafe { Pin::new_unchecked(&mut *stream) })
    }
}

impl<T> ReadHalf<T> {
    /// Returns whether this and the other half come from the same stream.
    pub fn is_pair_of(&self, other: &WriteHalf<T>) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Joins the halves to the original stream.
    ///
    /// # Panics
    ///
    /// Panics if the halves are not from the same stream.
    #[track_caller]
    pub fn unsplit(self, wr: WriteHalf<T>) -> T
    where
        T: Unpin,
    {
        assert!(
            self.is_pair_of(&wr),
            "Unrelated `split::Write` passed to `split::Read::unsplit`."
        );
        drop(wr);
        let shared = Arc::into_inner(self.shared).expect("there are two halves");
        let stream = shared.stream.into_inner();
        stream.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> WriteHalf<T> {
    /// Returns whether this and the other half come from the same stream.
    pub fn is_pair_of(&self, other: &ReadHalf<T>) -> bool {
        other.is_pair_of(self)
    }
}

impl<T: AsyncRead> AsyncRead for ReadHalf<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.shared.with(|stream| stream.poll_read(cx, buf))
    }
}

impl<T: AsyncWrite> AsyncWrite for WriteHalf<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.shared.with(|stream| stream.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.with(|stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.with(|stream| stream.poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.shared
            .with(|stream| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.shared.is_write_vectored
    }
}

impl<T> fmt::Debug for ReadHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("split::ReadHalf").finish()
    }
}

impl<T> fmt::Debug for WriteHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("split::WriteHalf").finish()
    }
}
