//! One connection of a stream: sends requests when they are due, and checks every byte that comes
//! back. (`datagrams.rs` does the same over UDP.)
//!
//! A connection is one task, written as a single poll function so that it can read while it writes
//! (otherwise a pipeline longer than the socket buffers would deadlock). It stores no payload: the
//! bytes to send and to expect are computed in a thread-local buffer. In the steady state a request
//! costs one write, one read, one reading of the clock, and no allocation.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use heist::io::{AsyncRead, AsyncWrite};
use heist_tools::pattern::Pattern;
use heist_tools::schedule::Schedule;

use crate::alarm::Alarm;
use crate::client::Stream;
use crate::errors::{ErrorKind, Failure};
use crate::run::Run;

/// The most bytes that one system call moves.
const CHUNK: usize = 64 * 1024;

thread_local! {
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; CHUNK].into());
}

/// A connection to the server under load.
pub(crate) struct Connection {
    index: u64,
    stream: Stream,
    run: Arc<Run>,
    pattern: Pattern,
    schedule: Schedule,
    /// When the requests that await their replies were due, oldest first.
    waiting: VecDeque<u64>,
    begun: u64,
    sent_bytes: u64,
    received_bytes: u64,
    /// The last reading of the clock.
    now: u64,
    /// When the last byte of a reply arrived, or the oldest awaited request was sent.
    quiet_since: u64,
    settled: bool,
}

impl Connection {
    /// Takes over a fresh connection. `run.alive` counts it until it is dropped.
    pub(crate) fn new(index: u64, stream: Stream, run: Arc<Run>) -> Connection {
        run.alive.fetch_add(1, Relaxed);
        Connection {
            index,
            stream,
            pattern: Pattern::new(index, run.size),
            schedule: Schedule::Once { done: false },
            waiting: VecDeque::with_capacity(run.pipeline),
            begun: 0,
            sent_bytes: 0,
            received_bytes: 0,
            now: 0,
            quiet_since: 0,
            settled: false,
            run,
        }
    }

    /// Exchanges one request, which proves that the server has accepted the connection and serves
    /// it.
    pub(crate) async fn prove(mut self) -> Option<Connection> {
        let outcome = self.exchange().await;
        match outcome {
            Ok(()) => Some(self),
            Err(failure) => {
                self.settle(Some(failure));
                None
            }
        }
    }

    /// Sends requests as scheduled until the end of the run, and awaits their replies.
    ///
    /// If dropped before that, it counts the requests that await replies as unanswered.
    pub(crate) async fn drive(mut self, schedule: Schedule) {
        self.schedule = schedule;
        let outcome = self.exchange().await;
        self.settle(outcome.err());
    }

    async fn exchange(&mut self) -> Result<(), Failure> {
        let mut alarm = Alarm::new(&self.run);
        poll_fn(|cx| self.poll(cx, &mut alarm)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>, alarm: &mut Alarm) -> Poll<Result<(), Failure>> {
        // Whether `now` was read in this poll. With a full pipeline only a reply needs the time.
        let mut fresh = false;
        if self.waiting.len() < self.run.pipeline {
            (self.now, fresh) = (self.run.now(), true);
        }
        loop {
            let received = self.poll_receive(cx)?.is_ready();
            self.begin_due();
            let sent = self.poll_send(cx)?.is_ready();
            fresh |= received;
            if received || sent {
                continue;
            }
            if !fresh {
                self.now = self.run.now();
            }
            if self.waiting.is_empty() && self.schedule.is_over(self.now, self.run.end()) {
                return Poll::Ready(Ok(()));
            }
            ready!(alarm.poll(cx, &self.run, self.now, self.wake_at()));
            self.now = self.run.now();
            if !self.waiting.is_empty() && self.now >= self.gives_up_at() {
                let (oldest, timeout) = (self.oldest(), self.run.timeout);
                let late = format!("request {oldest}: no reply for {timeout:?}");
                return Poll::Ready(Err(Failure::new(ErrorKind::Timeout, late)));
            }
        }
    }

    /// Starts the requests that are due, as far as the pipeline has room.
    fn begin_due(&mut self) {
        self.run
            .give_up_overdue(self.index, &mut self.schedule, self.now);
        while self.waiting.len() < self.run.pipeline {
            let Some(due) = self.schedule.take(self.now, self.run.end()) else {
                break;
            };
            if self.waiting.is_empty() {
                self.quiet_since = self.now;
            }
            self.waiting.push_back(due);
            self.begun += 1;
        }
    }

    /// Sends what has been started and not sent; also returns `Pending` if there is nothing to
    /// send.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        let left = self.begun * self.run.size - self.sent_bytes;
        if left == 0 {
            return Poll::Pending;
        }
        let n = BUFFER.with_borrow_mut(|buffer| {
            let chunk = &mut buffer[..left.min(CHUNK as u64) as usize];
            self.pattern.fill(self.sent_bytes, chunk);
            Pin::new(&mut self.stream).poll_write(cx, chunk)
        });
        self.sent_bytes += ready!(n)? as u64;
        Poll::Ready(Ok(()))
    }

    /// Reads once, checks the bytes and records the replies they complete.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        let (n, mismatch) = ready!(BUFFER.with_borrow_mut(|buffer| {
            Pin::new(&mut self.stream)
                .poll_read(cx, buffer)
                .map_ok(|n| {
                    let expected = (self.sent_bytes - self.received_bytes).min(n as u64) as usize;
                    (
                        n as u64,
                        self.pattern
                            .mismatch(self.received_bytes, &buffer[..expected]),
                    )
                })
        }))?;
        if n == 0 {
            return Poll::Ready(Err(self.end_of_file()));
        }
        if let Some(wrong) = mismatch {
            return Poll::Ready(Err(Failure::wrong_bytes(&wrong, self.run.size)));
        }
        let replies = (self.received_bytes + n) / self.run.size - self.oldest();
        self.received_bytes += n;
        if self.received_bytes > self.sent_bytes {
            let what = format!("{} bytes too many", self.received_bytes - self.sent_bytes);
            return Poll::Ready(Err(Failure::new(ErrorKind::UnexpectedBytes, what)));
        }
        self.now = self.run.now();
        self.quiet_since = self.now;
        self.run.arrived(self.now);
        let now = self.now;
        let latencies = self
            .waiting
            .drain(..replies as usize)
            .map(|due| now.saturating_sub(due));
        self.run.recorder.record(self.run.phase(now), latencies);
        Poll::Ready(Ok(()))
    }

    /// Returns when the next request is due, the run ends, or an awaited reply is given up.
    fn wake_at(&self) -> u64 {
        let mut wake_at = u64::MAX;
        if !self.waiting.is_empty() {
            wake_at = self.gives_up_at();
        }
        if self.waiting.len() < self.run.pipeline {
            let end = self.run.end();
            // After the end, only replies are waited for.
            let next = self.schedule.next_due(self.now, end);
            let next = next.or((self.now < end).then_some(end));
            wake_at = wake_at.min(next.unwrap_or(u64::MAX));
        }
        wake_at
    }

    fn gives_up_at(&self) -> u64 {
        self.quiet_since + self.run.timeout.as_nanos() as u64
    }

    /// Returns the number of the request whose reply is awaited or would come next.
    fn oldest(&self) -> u64 {
        self.received_bytes / self.run.size
    }

    fn end_of_file(&self) -> Failure {
        let (request, at) = (self.oldest(), self.received_bytes % self.run.size);
        if at > 0 {
            let what = format!(
                "request {request}: closed after {at} of {} bytes",
                self.run.size
            );
            return Failure::new(ErrorKind::ShortReply, what);
        }
        let state = if self.waiting.is_empty() {
            "while idle"
        } else {
            "with replies due"
        };
        Failure::new(
            ErrorKind::Closed,
            format!("closed before request {request}, {state}"),
        )
    }

    /// Records how the connection ended.
    fn settle(&mut self, failure: Option<Failure>) {
        self.settled = true;
        self.run
            .unanswered
            .fetch_add(self.waiting.len() as u64, Relaxed);
        if let Some(failure) = failure {
            self.run.errors.add(self.index, failure);
        }
    }
}

impl Drop for Connection {
    /// The run is over for this connection, completed or not.
    fn drop(&mut self) {
        let proving = matches!(self.schedule, Schedule::Once { .. });
        if !self.settled && !proving {
            let late = !self.waiting.is_empty();
            let what = || format!("request {}: no reply by the end of the run", self.oldest());
            let failure = late.then(|| Failure::new(ErrorKind::Timeout, what()));
            self.settle(failure);
            self.run.count_unsent(self.index, &mut self.schedule);
        }
        self.run.alive.fetch_sub(1, Relaxed);
    }
}
