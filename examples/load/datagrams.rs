//! One client over UDP: a datagram for each request, and one expected for each reply.
//!
//! Datagrams may be lost, duplicated and reordered. A reply is identified by its first 8 bytes,
//! which differ between all requests. A reply that does not arrive in time counts as lost, which is
//! not an error: the next request takes its place. Like a
//! [`Connection`](crate::connection::Connection), it is one task, written as a single poll
//! function, without an allocation in the steady state.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use heist::net::UdpSocket;
use heist_tools::pattern::Pattern;
use heist_tools::schedule::Schedule;

use crate::alarm::Alarm;
use crate::args::LARGEST_DATAGRAM;
use crate::errors::{ErrorKind, Failure};
use crate::run::Run;

thread_local! {
    /// One byte longer than any datagram, to detect a reply that is too long.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; LARGEST_DATAGRAM as usize + 1].into());
}

/// A request that has been started and has no reply.
struct Awaited {
    request: u64,
    due: u64,
    /// `u64::MAX` until it has been sent.
    sent_at: u64,
}

/// A socket connected to the server under load.
pub(crate) struct Datagrams {
    index: u64,
    socket: UdpSocket,
    run: Arc<Run>,
    pattern: Pattern,
    schedule: Schedule,
    /// Oldest first. The last one may not have been sent yet.
    waiting: VecDeque<Awaited>,
    begun: u64,
    sent: u64,
    /// The last reading of the clock.
    now: u64,
    settled: bool,
}

impl Datagrams {
    /// Takes over a fresh socket. `run.alive` counts it until it is dropped.
    pub(crate) fn new(index: u64, socket: UdpSocket, run: Arc<Run>) -> Datagrams {
        run.alive.fetch_add(1, Relaxed);
        Datagrams {
            index,
            socket,
            pattern: Pattern::new(index, run.size),
            schedule: Schedule::Once { done: false },
            waiting: VecDeque::with_capacity(run.pipeline),
            begun: 0,
            sent: 0,
            now: 0,
            settled: false,
            run,
        }
    }

    /// Exchanges one request, which proves that a server answers.
    pub(crate) async fn prove(mut self) -> Option<Datagrams> {
        let outcome = self.exchange().await;
        match outcome {
            Ok(0) => return Some(self),
            Ok(_) => {
                let what = format!("no reply for {:?}", self.run.timeout);
                self.settle(Some(Failure::new(ErrorKind::ConnectTimeout, what)));
            }
            Err(failure) => self.settle(Some(failure)),
        }
        None
    }

    /// Sends requests as scheduled until the end of the run, and awaits their replies.
    ///
    /// If dropped before that, it counts the requests that await replies as unanswered.
    pub(crate) async fn drive(mut self, schedule: Schedule) {
        self.schedule = schedule;
        let outcome = self.exchange().await;
        self.settle(outcome.err());
    }

    /// Returns how many requests were given up.
    async fn exchange(&mut self) -> Result<u64, Failure> {
        let mut alarm = Alarm::new(&self.run);
        let mut lost = 0;
        poll_fn(|cx| self.poll(cx, &mut alarm, &mut lost)).await?;
        Ok(lost)
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        alarm: &mut Alarm,
        lost: &mut u64,
    ) -> Poll<Result<(), Failure>> {
        loop {
            self.now = self.run.now();
            let received = self.poll_receive(cx)?.is_ready();
            *lost += self.give_up_late();
            self.begin_due();
            let sent = self.poll_send(cx)?.is_ready();
            if received || sent {
                continue;
            }
            if self.waiting.is_empty() && self.schedule.is_over(self.now, self.run.end()) {
                return Poll::Ready(Ok(()));
            }
            ready!(alarm.poll(cx, &self.run, self.now, self.wake_at()));
        }
    }

    /// Starts the next request if it is due, all earlier ones are sent, and the pipeline has room.
    fn begin_due(&mut self) {
        self.run
            .give_up_overdue(self.index, &mut self.schedule, self.now);
        if self.sent < self.begun || self.waiting.len() == self.run.pipeline {
            return;
        }
        if let Some(due) = self.schedule.take(self.now, self.run.end()) {
            self.waiting.push_back(Awaited {
                request: self.begun,
                due,
                sent_at: u64::MAX,
            });
            self.begun += 1;
        }
    }

    /// Sends what has been started and not sent; also returns `Pending` if there is nothing to
    /// send.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        if self.sent == self.begun {
            return Poll::Pending;
        }
        ready!(BUFFER.with_borrow_mut(|buffer| {
            let datagram = &mut buffer[..self.run.size as usize];
            self.pattern.fill(self.sent * self.run.size, datagram);
            self.socket.poll_send(cx, datagram)
        }))?;
        self.sent += 1;
        let newest = self.waiting.back_mut();
        newest.expect("it was just sent").sent_at = self.now;
        Poll::Ready(Ok(()))
    }

    /// Receives one datagram, checks it, and records it as a reply.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        BUFFER.with_borrow_mut(|buffer| {
            let n = ready!(self.socket.poll_recv(cx, buffer))?;
            self.now = self.run.now();
            self.run.arrived(self.now);
            self.take_reply(&buffer[..n]);
            Poll::Ready(Ok(()))
        })
    }

    fn take_reply(&mut self, reply: &[u8]) {
        let awaited = |awaited: &Awaited| self.pattern.begins(awaited.request, reply);
        let Some(at) = self.waiting.iter().position(awaited) else {
            // Already given up, or duplicated by the network or the server.
            self.run.stray.fetch_add(1, Relaxed);
            return;
        };
        let awaited = self.waiting.remove(at).expect("found above");
        if let Err(failure) = self.check(&awaited, reply) {
            self.run.errors.add(self.index, failure);
        }
        let latency = self.now.saturating_sub(awaited.due);
        let phase = self.run.phase(self.now);
        self.run.recorder.record(phase, std::iter::once(latency));
    }

    fn check(&self, awaited: &Awaited, reply: &[u8]) -> Result<(), Failure> {
        let (request, size) = (awaited.request, self.run.size);
        let got = reply.len() as u64;
        if got != size {
            let kind = if got < size {
                ErrorKind::ShortReply
            } else {
                ErrorKind::UnexpectedBytes
            };
            let what = format!("request {request}: a reply of {got} bytes, not {size}");
            return Err(Failure::new(kind, what));
        }
        match self.pattern.mismatch(request * size, reply) {
            None => Ok(()),
            Some(wrong) => Err(Failure::wrong_bytes(&wrong, size)),
        }
    }

    /// Gives up requests whose replies are late, and returns their number.
    fn give_up_late(&mut self) -> u64 {
        let mut lost = 0;
        while self
            .waiting
            .front()
            .is_some_and(|oldest| self.gives_up_at(oldest) <= self.now)
        {
            self.waiting.pop_front();
            lost += 1;
        }
        if lost > 0 {
            self.run.unanswered.fetch_add(lost, Relaxed);
        }
        lost
    }

    fn gives_up_at(&self, awaited: &Awaited) -> u64 {
        awaited
            .sent_at
            .saturating_add(self.run.timeout.as_nanos() as u64)
    }

    /// Returns when the next request is due, the run ends, or an awaited reply is given up.
    fn wake_at(&self) -> u64 {
        let mut wake_at = match self.waiting.front() {
            Some(oldest) => self.gives_up_at(oldest),
            None => u64::MAX,
        };
        if self.waiting.len() < self.run.pipeline {
            let end = self.run.end();
            let next = self.schedule.next_due(self.now, end);
            let next = next.or((self.now < end).then_some(end));
            wake_at = wake_at.min(next.unwrap_or(u64::MAX));
        }
        wake_at
    }

    /// Records how the exchange ended.
    fn settle(&mut self, failure: Option<Failure>) {
        self.settled = true;
        let unanswered = self.waiting.len() as u64;
        self.run.unanswered.fetch_add(unanswered, Relaxed);
        if let Some(failure) = failure {
            self.run.errors.add(self.index, failure);
        }
    }
}

impl Drop for Datagrams {
    /// The run is over for this client, completed or not.
    fn drop(&mut self) {
        let proving = matches!(self.schedule, Schedule::Once { .. });
        if !self.settled && !proving {
            self.settle(None);
            self.run.count_unsent(self.index, &mut self.schedule);
        }
        self.run.alive.fetch_sub(1, Relaxed);
    }
}
