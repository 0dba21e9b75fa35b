//! `Pipe`: bytes from one task to another.
//!
//! Invariant: a waker is kept only while its task can make progress only by an action of the other
//! task.

use crate::poll::Destination;
use heist_runtime::task::{Progress, poll_proceed};
use heist_runtime::waking::{GuardedWaker, wake_all};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::mem;
use std::task::{Context, Poll, ready};

#[derive(Debug)]
pub(super) struct Pipe {
    bytes: VecDeque<u8>,
    capacity: usize,
    /// No more bytes will be written, or read.
    ended: bool,
    reader: Option<GuardedWaker>,
    writer: Option<GuardedWaker>,
}

/// Wakers to be woken, or dropped, outside the lock.
#[derive(Default)]
#[must_use = "somebody waits to be woken"]
pub(super) struct Woken {
    wake: [Option<GuardedWaker>; 2],
    /// The polling task's waker, in case it has to wait, if the runtime did not create the waker.
    stranger: Option<GuardedWaker>,
    replaced: Option<GuardedWaker>,
}

impl Woken {
    /// Must be called outside the lock, as cloning a foreign waker may run any code.
    pub(super) fn of_task(cx: &Context<'_>) -> Self {
        Self {
            stranger: GuardedWaker::of_stranger(cx.waker()),
            ..Self::default()
        }
    }

    /// Returns the waker of the polling task, which has to wait.
    fn take_waiting(&mut self, cx: &Context<'_>) -> Option<GuardedWaker> {
        Some(self.stranger.take().unwrap_or_else(|| cx.waker().into()))
    }

    pub(super) fn wake(self) {
        // Usually no task waits.
        if self.wake.iter().any(Option::is_some) {
            wake_all(self.wake.into_iter().flatten());
        }
        drop((self.stranger, self.replaced));
    }
}

impl Pipe {
    #[track_caller]
    pub(super) fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "`max_buf_size` must be greater than 0");
        Self {
            bytes: VecDeque::new(),
            capacity,
            ended: false,
            reader: None,
            writer: None,
        }
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut impl Destination,
        woken: &mut Woken,
    ) -> Poll<io::Result<()>> {
        let progress = ready!(poll_proceed(cx));
        if self.bytes.is_empty() && !self.ended && into.room() > 0 {
            woken.replaced = mem::replace(&mut self.reader, woken.take_waiting(cx));
            return Poll::Pending;
        }
        let (front, back) = self.bytes.as_slices();
        let front = &front[..front.len().min(into.room())];
        into.put(front);
        let back = &back[..back.len().min(into.room())];
        into.put(back);
        let read = front.len() + back.len();
        if read > 0 {
            self.bytes.drain(..read);
            woken.wake[0] = self.writer.take();
        }
        progress.made();
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
        woken: &mut Woken,
    ) -> Poll<io::Result<usize>> {
        let progress = ready!(poll_proceed(cx));
        if self.ended {
            return self.made(progress, Err(io::ErrorKind::BrokenPipe.into()));
        }
        if bufs.iter().all(|buf| buf.is_empty()) {
            return self.made(progress, Ok(0));
        }
        let before = self.bytes.len();
        if before == self.capacity {
            woken.replaced = mem::replace(&mut self.writer, woken.take_waiting(cx));
            return Poll::Pending;
        }
        for buf in bufs {
            let room = self.capacity - self.bytes.len();
            self.bytes.extend(&buf[..buf.len().min(room)]);
        }
        woken.wake[0] = self.reader.take();
        self.made(progress, Ok(self.bytes.len() - before))
    }

    fn made<R>(&self, progress: Progress, result: R) -> Poll<R> {
        progress.made();
        Poll::Ready(result)
    }

    /// Ends the pipe, and returns the wakers of the waiting tasks.
    pub(super) fn end(&mut self) -> Woken {
        self.ended = true;
        Woken {
            wake: [self.reader.take(), self.writer.take()],
            ..Woken::default()
        }
    }
}
