//! One thread's connections of the load generator, on plain epoll: at most one request is in flight
//! on each, and every reply is compared byte for byte.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustix::time::Timespec;

use super::address::Address;
use super::schedule::Schedule;
use super::tally::Tally;

/// The key of the schedule's timer; a connection's key is its index.
const TIMER: u64 = u64::MAX;

/// How long the thread may take to notice a stop while nothing arrives.
const TICK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};

/// How long the last replies may take after the load has stopped.
const LAST_REPLIES: Duration = Duration::from_secs(5);

struct Connection {
    socket: OwnedFd,
    /// Number of requests so far; makes the bytes of each request differ from the previous one's.
    count: u64,
    request: Box<[u8]>,
    /// How many bytes of the request the socket has taken.
    sent: usize,
    /// How many bytes of the reply have arrived.
    received: usize,
    awaiting: bool,
    /// When the request in flight was due. None: when it was sent.
    due: Option<Instant>,
}

pub(super) struct Connections {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    in_flight: usize,
    /// None: every reply is followed by the next request at once.
    schedule: Option<Schedule>,
    /// The share of each connection.
    requests: u64,
    /// Replies are read into this buffer, one byte longer than any, to detect surplus bytes.
    buffer: Vec<u8>,
}

impl Connections {
    /// Opens `count` connections. Each carries at most `requests` requests of `payload` bytes;
    /// together they send one every `interval`.
    pub(super) fn open(
        server: &Address,
        count: usize,
        payload: usize,
        requests: u64,
        interval: Option<Duration>,
    ) -> io::Result<Connections> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(count);
        for index in 0..count {
            let socket = server.connect()?;
            let key = EventData::new_u64(index as u64);
            let flags = EventFlags::IN | EventFlags::OUT | EventFlags::ET;
            epoll::add(&epoll, &socket, key, flags)?;
            connections.push(Connection {
                socket,
                count: 0,
                request: vec![0; payload].into(),
                sent: payload,
                received: 0,
                awaiting: false,
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
            requests,
            buffer: vec![0; payload + 1],
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
                        "{lost} of {all} connections got no reply within {LAST_REPLIES:?}"
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
                    index => {
                        let index = index as usize;
                        self.connections[index].send_the_rest()?;
                        self.receive(index, tally, stopping)?;
                    }
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
        connection.prepare(index);
        connection.due = due;
        connection.send_the_rest()?;
        self.in_flight += 1;
        Ok(())
    }

    /// Reads the available bytes and, if the reply is complete, starts the next request.
    fn receive(&mut self, index: usize, tally: &Tally, stopping: bool) -> io::Result<()> {
        let connection = &mut self.connections[index];
        if !connection.receive_reply(&mut self.buffer)? {
            return Ok(());
        }
        self.in_flight -= 1;
        tally.count();
        if let Some(due) = connection.due {
            tally.record(due.elapsed());
        }
        if stopping || connection.count == self.requests {
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
    /// Makes the next request, whose bytes differ between connections, requests and positions.
    fn prepare(&mut self, index: usize) {
        self.count += 1;
        self.sent = 0;
        self.received = 0;
        self.awaiting = true;
        for (position, word) in self.request.chunks_exact_mut(8).enumerate() {
            let value = ((index as u64) << 48) ^ (self.count << 12) ^ position as u64;
            word.copy_from_slice(&value.to_le_bytes());
        }
    }

    /// Sends as much as the socket takes.
    fn send_the_rest(&mut self) -> io::Result<()> {
        while self.sent < self.request.len() {
            match send(
                &self.socket,
                &self.request[self.sent..],
                SendFlags::NOSIGNAL,
            ) {
                Ok(sent) => self.sent += sent,
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads until the reply is complete (true) or no more bytes are available (false).
    fn receive_reply(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        loop {
            let expected = match self.awaiting {
                true => &self.request[self.received..],
                false => &[],
            };
            let room = &mut buffer[..expected.len() + 1];
            let read = match recv(&self.socket, &mut *room, RecvFlags::empty()) {
                Ok((0, _)) => {
                    let message = format!("the server closed after {} requests", self.count);
                    return Err(io::Error::new(ErrorKind::UnexpectedEof, message));
                }
                Ok((read, _)) => read,
                Err(Errno::AGAIN) => return Ok(false),
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            };
            if !expected.starts_with(&room[..read]) {
                let message = format!("reply {} differs from the request", self.count);
                return Err(io::Error::new(ErrorKind::InvalidData, message));
            }
            self.received += read;
            if self.received == self.request.len() {
                self.awaiting = false;
                return Ok(true);
            }
        }
    }
}
