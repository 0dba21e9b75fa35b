//! `Pipe`: bytes from one task to another.
//!
//! Invariant: a waker is kept only while its task can make progress only by an action of the other
//! task.

use crate::poll::Destination;
use heist_runtime::waking::GuardedWaker;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::mem;
use std::task::{Context, Poll};

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
    wake: Option<GuardedWaker>,
    /// The polling task's waker, in case it has to wait, if the runtime did not create the waker.
    stranger: Option<GuardedWaker>,
    replaced: Option<GuardedWaker>,
}

impl Woken {
    /// Must be called outside the lock, as cloning a foreign waker may run any code.
    #[inline]
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

    #[inline]
    pub(super) fn wake(self) {
        if let Some(waker) = self.wake {
            waker.wake();
        }
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
        if self.bytes.is_empty() && !self.ended && into.room() > 0 {
            woken.replaced = mem::replace(&mut self.reader, woken.take_waiting(cx));
            return Poll::Pending;
        }
        let (front, back) = self.bytes.as_slices();
        let front = &front[..front.len().min(into.room())];
        into.put(front);
        let mut read = front.len();
        if !back.is_empty() {
            let back = &back[..back.len().min(into.room())];
            into.put(back);
            read += back.len();
        }
        if read > 0 {
            match read == self.bytes.len() {
                true => self.bytes.clear(),
                false => drop(self.bytes.drain(..read)),
            }
            woken.wake = self.writer.take();
        }
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
        woken: &mut Woken,
    ) -> Poll<io::Result<usize>> {
        if self.ended {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready(Ok(0));
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
        woken.wake = self.reader.take();
        Poll::Ready(Ok(self.bytes.len() - before))
    }

    /// Ends the pipe, and returns the wakers of the waiting tasks.
    #[must_use = "somebody waits to be woken"]
    pub(super) fn end(&mut self) -> [Option<GuardedWaker>; 2] {
        self.ended = true;
        [self.reader.take(), self.writer.take()]
    }
}
