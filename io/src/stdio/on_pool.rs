//! `OnPool`: reads or writes one of std's streams, by one job after another.

use crate::buffer::{Buffer, MAX_BUFFER};
use crate::poll::Destination;
use crate::pool::{lost_job, start, start_mandatory};
use heist_runtime::task::JoinHandle;
use std::future::Future;
use std::io::{self, IoSlice, Read, Write};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// One of std's streams, whose handles are interchangeable.
pub(super) trait Handle: 'static {
    fn get() -> Self;
}

/// A stream that is only read, or only written.
pub(super) struct OnPool<S> {
    state: State,
    /// Bytes were written and not flushed.
    unflushed: bool,
    _stream: PhantomData<fn() -> S>,
}

enum State {
    Idle(Buffer),
    Busy(JoinHandle<(io::Result<()>, Buffer)>),
}

impl<S> Default for OnPool<S> {
    fn default() -> Self {
        Self {
            state: State::Idle(Buffer::default()),
            unflushed: false,
            _stream: PhantomData,
        }
    }
}

impl<S: Handle> OnPool<S> {
    /// Whether the job has ended already, as it has if the runtime has ended, which starts no more
    /// jobs.
    fn is_over(&self) -> bool {
        matches!(&self.state, State::Busy(job) if job.is_finished())
    }

    /// Returns the buffer, when no job holds it.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&mut Buffer>> {
        if let State::Busy(job) = &mut self.state {
            let ended = ready!(Pin::new(job).poll(cx));
            let (result, buffer) = ended.unwrap_or_else(|e| (Err(lost_job(e)), Buffer::default()));
            self.state = State::Idle(buffer);
            result?;
        }
        let State::Idle(buffer) = &mut self.state else {
            unreachable!("the job has ended");
        };
        Poll::Ready(Ok(buffer))
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut impl Destination,
    ) -> Poll<io::Result<()>>
    where
        S: Read,
    {
        let was_busy = matches!(self.state, State::Busy(_));
        let buffer = ready!(self.poll_idle(cx))?;
        // A job that has ended without bytes has reached the end of the stream.
        if was_busy || !buffer.is_empty() || into.room() == 0 {
            buffer.take_into(into);
            return Poll::Ready(Ok(()));
        }
        let mut buffer = std::mem::take(buffer);
        let max = into.room().min(MAX_BUFFER);
        self.state = State::Busy(start(move || {
            let read = buffer.read_from(&mut S::get(), max);
            (read, buffer)
        })?);
        self.poll_read(cx, into)
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>>
    where
        S: Write,
    {
        let buffer = ready!(self.poll_idle(cx))?;
        let len = buffer.fill(&[IoSlice::new(bytes)], MAX_BUFFER);
        let mut buffer = std::mem::take(buffer);
        self.state = State::Busy(start_mandatory(move || {
            let written = buffer.write_to(&mut S::get());
            (written, buffer)
        })?);
        self.unflushed = true;
        if self.is_over() {
            if let Poll::Ready(idle) = self.poll_idle(cx) {
                idle?;
            }
        }
        Poll::Ready(Ok(len))
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>
    where
        S: Write,
    {
        let buffer = std::mem::take(ready!(self.poll_idle(cx))?);
        if !std::mem::take(&mut self.unflushed) {
            self.state = State::Idle(buffer);
            return Poll::Ready(Ok(()));
        }
        self.state = State::Busy(start_mandatory(move || (S::get().flush(), buffer))?);
        self.poll_idle(cx).map_ok(drop)
    }
}
