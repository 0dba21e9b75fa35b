//! Streams in memory.
//!
//! Each direction is a `Pipe`: one task reads it and one writes it, on any thread, under a lock.
//! Wakers are woken and dropped outside the lock, since that runs arbitrary code.

mod pipe;

use crate::poll::{Destination, PollRead, PollWrite};
use heist_runtime::task::poll_proceed;
use heist_runtime::waking::{GuardedWaker, wake_all};
use pipe::Pipe;
use std::fmt;
use std::io::{self, IoSlice};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

/// One end of a stream in memory; see [`duplex`]. `T` determines whose I/O traits it implements.
pub struct DuplexStream<T> {
    read: Arc<Mutex<Pipe>>,
    write: Arc<Mutex<Pipe>>,
    _traits: PhantomData<fn() -> T>,
}

/// Creates two connected streams in memory: bytes written to one can be read from the other.
///
/// # Panics
///
/// Panics if `max_buf_size`, the limit for each direction, is 0.
#[track_caller]
pub fn duplex<T>(max_buf_size: usize) -> (DuplexStream<T>, DuplexStream<T>) {
    let there = Arc::new(Mutex::new(Pipe::new(max_buf_size)));
    let back = Arc::new(Mutex::new(Pipe::new(max_buf_size)));
    let end = |read: &Arc<Mutex<Pipe>>, write: &Arc<Mutex<Pipe>>| DuplexStream {
        read: read.clone(),
        write: write.clone(),
        _traits: PhantomData,
    };
    (end(&back, &there), end(&there, &back))
}

#[inline]
fn lock(pipe: &Mutex<Pipe>) -> MutexGuard<'_, Pipe> {
    pipe.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads or writes by `operate`, for one unit of the poll budget, and wakes the task that waits for
/// that. `operate` takes the lock and releases it: foreign code may run before and after it.
///
/// `operate` is tried without a waker first, and with one only if the task has to wait.
#[inline]
fn perform<R>(
    cx: &mut Context<'_>,
    mut operate: impl FnMut(&mut Option<GuardedWaker>) -> Poll<(R, Option<GuardedWaker>)>,
) -> Poll<R> {
    let progress = ready!(poll_proceed(cx));
    let mut outcome = operate(&mut None);
    if outcome.is_pending() {
        let mut waiting = Some(cx.waker().into());
        outcome = operate(&mut waiting);
    }
    let (result, woken) = ready!(outcome);
    progress.made();
    if let Some(waker) = woken {
        waker.wake();
    }
    Poll::Ready(result)
}

impl<T> PollRead for DuplexStream<T> {
    fn poll_read_to(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut impl Destination,
    ) -> Poll<io::Result<()>> {
        let pipe = &self.read;
        perform(cx, |waiting| lock(pipe).read(into, waiting))
    }
}

impl<T> PollWrite for DuplexStream<T> {
    const VECTORED: bool = true;

    fn poll_write_from(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let pipe = &self.write;
        perform(cx, |waiting| lock(pipe).write(bufs, waiting))
    }

    fn poll_flush_all(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_end(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let waiting = lock(&self.write).end();
        wake_all(waiting.into_iter().flatten());
        Poll::Ready(Ok(()))
    }
}

impl<T> Drop for DuplexStream<T> {
    fn drop(&mut self) {
        // In this order: a peer that has read the end must not be able to write any more.
        for pipe in [&self.read, &self.write] {
            let waiting = lock(pipe).end();
            wake_all(waiting.into_iter().flatten());
        }
    }
}

impl<T> fmt::Debug for DuplexStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DuplexStream")
            .field("read", &self.read)
            .field("write", &self.write)
            .finish()
    }
}

/// A stream in memory: bytes written to it can be read from it. `T` determines whose I/O traits it
/// implements.
pub struct SimplexStream<T> {
    pipe: Pipe,
    _traits: PhantomData<fn() -> T>,
}

impl<T> SimplexStream<T> {
    /// Creates a stream that holds at most `max_buf_size` unread bytes.
    ///
    /// # Panics
    ///
    /// Panics if `max_buf_size` is 0.
    #[track_caller]
    pub fn new_unsplit(max_buf_size: usize) -> Self {
        Self {
            pipe: Pipe::new(max_buf_size),
            _traits: PhantomData,
        }
    }
}

impl<T> PollRead for SimplexStream<T> {
    fn poll_read_to(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut impl Destination,
    ) -> Poll<io::Result<()>> {
        perform(cx, |waiting| self.pipe.read(into, waiting))
    }
}

impl<T> PollWrite for SimplexStream<T> {
    const VECTORED: bool = true;

    fn poll_write_from(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        perform(cx, |waiting| self.pipe.write(bufs, waiting))
    }

    fn poll_flush_all(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_end(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        wake_all(self.pipe.end().into_iter().flatten());
        Poll::Ready(Ok(()))
    }
}

impl<T> fmt::Debug for SimplexStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimplexStream").field(&self.pipe).finish()
    }
}
