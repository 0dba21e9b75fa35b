//! `Pipe`: bytes from one task to another.
//!
//! Invariant: a waker is kept only while its task can make progress only by an action of the other
//! task.

use crate::poll::Destination;
use heist_runtime::waking::GuardedWaker;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::mem;
use std::task::Poll;

#[derive(Debug)]
pub(super) struct Pipe {
    bytes: VecDeque<u8>,
    capacity: usize,
    /// No more bytes will be written, or read.
    ended: bool,
    reader: Option<GuardedWaker>,
    writer: Option<GuardedWaker>,
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

    /// Reads, and returns the waker of the writer, who has room again. If there is nothing to read,
    /// this stores `waiting` and leaves the waker that it replaces there.
    #[inline]
    pub(super) fn read(
        &mut self,
        into: &mut impl Destination,
        waiting: &mut Option<GuardedWaker>,
    ) -> Poll<(io::Result<()>, Option<GuardedWaker>)> {
        let room = into.room();
        if self.bytes.is_empty() {
            if self.ended || room == 0 {
                return Poll::Ready((Ok(()), None));
            }
            return wait(&mut self.reader, waiting);
        }
        let (front, back) = self.bytes.as_slices();
        let front = &front[..front.len().min(room)];
        into.put(front);
        let back = &back[..back.len().min(room - front.len())];
        if !back.is_empty() {
            into.put(back);
        }
        let read = front.len() + back.len();
        if read == self.bytes.len() {
            self.bytes.clear();
        } else {
            self.bytes.drain(..read);
        }
        let writer = if read > 0 { self.writer.take() } else { None };
        Poll::Ready((Ok(()), writer))
    }

    /// Writes, and returns the waker of the reader, who has bytes to read. If there is no room,
    /// this stores `waiting` and leaves the waker that it replaces there.
    #[inline]
    pub(super) fn write(
        &mut self,
        bufs: &[IoSlice<'_>],
        waiting: &mut Option<GuardedWaker>,
    ) -> Poll<(io::Result<usize>, Option<GuardedWaker>)> {
        if self.ended {
            return Poll::Ready((Err(io::ErrorKind::BrokenPipe.into()), None));
        }
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready((Ok(0), None));
        }
        let mut room = self.capacity - self.bytes.len();
        if room == 0 {
            return wait(&mut self.writer, waiting);
        }
        let mut written = 0;
        for buf in bufs {
            let part = &buf[..buf.len().min(room)];
            self.bytes.extend(part);
            written += part.len();
            room -= part.len();
        }
        Poll::Ready((Ok(written), self.reader.take()))
    }

    /// Ends the pipe, and returns the wakers of the waiting tasks.
    #[must_use = "somebody waits to be woken"]
    pub(super) fn end(&mut self) -> [Option<GuardedWaker>; 2] {
        self.ended = true;
        [self.reader.take(), self.writer.take()]
    }
}

/// Stores `waiting`, if the caller has made it, and leaves the waker that it replaces there.
#[inline]
fn wait<R>(place: &mut Option<GuardedWaker>, waiting: &mut Option<GuardedWaker>) -> Poll<R> {
    if waiting.is_some() {
        mem::swap(place, waiting);
    }
    Poll::Pending
}
