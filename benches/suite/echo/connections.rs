//! One thread's connections of the load generator, on plain epoll: at most one
//! request in flight on each, and every reply compared byte for byte.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::time::Timespec;

use super::PAYLOAD;
use super::schedule::Schedule;

/// The key of the schedule's timer; connections have their index.
const TIMER: u64 = u64::MAX;

/// How long a stop may go unnoticed while nothing arrives.
const TICK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};

/// How long the last replies may take once the load has stopped.
const LAST_REPLIES: Duration = Duration::from_secs(5);

/// What a thread has counted. Written by that thread, read by the one that reports.
pub(super) struct Tally {
    replies: AtomicU64,
    latency: Mutex<Histogram<u64>>,
}

impl Tally {
    pub(super) fn new() -> Tally {
        Tally {
            replies: AtomicU64::new(0),
            latency: Mutex::new(Tally::histogram()),
        }
    }

    pub(super) fn histogram() -> Histogram<u64> {
        Histogram::new(3).expect("three digits are allowed")
    }

    pub(super) fn replies(&self) -> u64 {
        self.replies.load(Ordering::Relaxed)
    }

    /// The latencies since the last call, in nanoseconds.
    pub(super) fn take_latency(&self) -> Histogram<u64> {
        let mut latency = self.latency.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut latency, Tally::histogram())
    }

    fn record(&self, latency: Duration) {
        let mut histogram = self.latency.lock().unwrap_or_else(PoisonError::into_inner);
        histogram
            .record(latency.as_nanos() as u64)
            .expect("it grows with its values");
    }
}

struct Connection {
    stream: TcpStream,
    /// Requests so far; makes each one's bytes differ from the last one's.
    sent: u64,
    /// Whether a reply to the last one is still to come.
    awaiting: bool,
    /// One byte longer than a reply, to see it when more comes.
    reply: [u8; PAYLOAD + 1],
    received: usize,
    /// When the request in flight was due. None: it was due when it was sent.
    due: Option<Instant>,
}

pub(super) struct Connections {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    in_flight: usize,
    /// None: every reply is followed by the next request.
    schedule: Option<Schedule>,
}

impl Connections {
    /// Opens `count` connections that are to carry a request every `interval`
    /// between them.
    pub(super) fn open(
        server: SocketAddr,
        count: usize,
        interval: Option<Duration>,
    ) -> io::Result<Connections> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(count);
        for index in 0..count {
            let stream = TcpStream::connect(server)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let key = EventData::new_u64(index as u64);
            epoll::add(&epoll, &stream, key, EventFlags::IN | EventFlags::ET)?;
            connections.push(Connection {
                stream,
                sent: 0,
                awaiting: false,
                reply: [0; PAYLOAD + 1],
                received: 0,
                due: None,
            });
        }
        Ok(Connections {
            epoll,
            connections,
            in_flight: 0,
            schedule: interval
                .map(|interval| Schedule::new(interval, count))
                .transpose()?,
        })
    }

    /// Loads the server until `stop`, then waits for the last replies.
    pub(super) fn load(mut self, tally: &Tally, stop: &AtomicBool) -> io::Result<()> {
        match &mut self.schedule {
            Some(schedule) => {
                let (key, flags) = (EventData::new_u64(TIMER), EventFlags::IN | EventFlags::ET);
                epoll::add(&self.epoll, schedule.start()?, key, flags)?;
            }
            None => {
                for index in 0..self.connections.len() {
                    self.send(index, None)?;
                }
            }
        }
        let mut events = Vec::with_capacity(256);
        let mut last_replies_by = None;
        loop {
            let stopping = stop.load(Ordering::Relaxed);
            if stopping {
                let by = *last_replies_by.get_or_insert_with(|| Instant::now() + LAST_REPLIES);
                if self.in_flight == 0 {
                    return Ok(());
                }
                if Instant::now() > by {
                    let (lost, all) = (self.in_flight, self.connections.len());
                    return Err(io::Error::other(format!(
                        "{lost} of {all} connections had no reply within {LAST_REPLIES:?}"
                    )));
                }
            }
            match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&TICK)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in events.drain(..) {
                match event.data.u64() {
                    TIMER => self.send_what_is_due(stopping)?,
                    index => self.receive(index as usize, tally, stopping)?,
                }
            }
        }
    }

    fn send_what_is_due(&mut self, stopping: bool) -> io::Result<()> {
        if stopping {
            return Ok(());
        }
        let schedule = self.schedule.as_mut().expect("only a schedule has a timer");
        schedule.tick()?;
        while let Some((index, due)) = self.schedule.as_mut().and_then(Schedule::next) {
            self.send(index, Some(due))?;
        }
        Ok(())
    }

    fn send(&mut self, index: usize, due: Option<Instant>) -> io::Result<()> {
        let connection = &mut self.connections[index];
        connection.sent += 1;
        connection.awaiting = true;
        connection.due = due;
        // Never short: the buffers are empty, the reply before has come.
        (&connection.stream).write_all(&payload(index, connection.sent))?;
        self.in_flight += 1;
        Ok(())
    }

    /// Takes what has arrived and, with a whole reply, goes on to the next request.
    fn receive(&mut self, index: usize, tally: &Tally, stopping: bool) -> io::Result<()> {
        let connection = &mut self.connections[index];
        if !connection.fill_reply()? {
            return Ok(());
        }
        connection.received = 0;
        connection.awaiting = false;
        if connection.reply[..PAYLOAD] != payload(index, connection.sent) {
            return Err(io::Error::other(format!(
                "connection {index} got wrong bytes in its reply {}",
                connection.sent
            )));
        }
        self.in_flight -= 1;
        // The only writer: no read-modify-write needed.
        tally.replies.store(tally.replies() + 1, Ordering::Relaxed);
        if let Some(due) = connection.due {
            tally.record(due.elapsed());
        }
        if stopping {
            return Ok(());
        }
        match &mut self.schedule {
            None => self.send(index, None),
            Some(schedule) => {
                schedule.free(index);
                match schedule.next() {
                    Some((index, due)) => self.send(index, Some(due)),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Connection {
    /// Reads until the reply is whole (true) or nothing more is there (false).
    fn fill_reply(&mut self) -> io::Result<bool> {
        let asked_for = if self.awaiting { PAYLOAD } else { 0 };
        loop {
            match (&self.stream).read(&mut self.reply[self.received..]) {
                Ok(0) => {
                    let message = format!("the server closed after {} requests", self.sent);
                    return Err(io::Error::new(ErrorKind::UnexpectedEof, message));
                }
                Ok(read) => self.received += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if self.received > asked_for {
                let message = format!("the server sent more than {} requests", self.sent);
                return Err(io::Error::new(ErrorKind::InvalidData, message));
            }
            if self.received == PAYLOAD {
                return Ok(true);
            }
        }
    }
}

/// Differs between connections, requests and positions.
fn payload(connection: usize, request: u64) -> [u8; PAYLOAD] {
    let mut bytes = [0; PAYLOAD];
    for (position, word) in bytes.chunks_exact_mut(8).enumerate() {
        let value = ((connection as u64) << 48) ^ (request << 8) ^ position as u64;
        word.copy_from_slice(&value.to_le_bytes());
    }
    bytes
}
