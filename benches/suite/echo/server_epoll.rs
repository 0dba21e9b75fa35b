//! The floor: an echo server on nothing but edge-triggered epoll, one loop per
//! thread. One more thread accepts and deals the connections out in turn.

use std::convert::Infallible;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::OwnedFd;
use slab::Slab;

use super::SERVER_BUFFER;

/// The key of a loop's wake-up; connections have those of their slab.
const WAKE: u64 = u64::MAX;

/// Events taken per wait: as many as the runtimes' own busy polls take or more.
const EVENTS: usize = 1024;

pub(super) fn serve(listener: TcpListener, threads: usize) -> io::Result<Infallible> {
    let loops: Vec<Mailbox> = (0..threads)
        .map(|_| EventLoop::start())
        .collect::<io::Result<_>>()?;
    let mut next = loops.iter().cycle();
    loop {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        next.next().expect("there are workers").give(stream)?;
    }
}

/// Where a loop gets its connections from.
struct Mailbox {
    streams: Sender<TcpStream>,
    /// In the loop's epoll, edge-triggered: every write wakes it, nobody reads.
    wake: Arc<OwnedFd>,
}

impl Mailbox {
    fn give(&self, stream: TcpStream) -> io::Result<()> {
        self.streams.send(stream).map_err(io::Error::other)?;
        rustix::io::write(&self.wake, &1_u64.to_ne_bytes())?;
        Ok(())
    }
}

struct EventLoop {
    epoll: OwnedFd,
    connections: Slab<TcpStream>,
    new: Receiver<TcpStream>,
    buffer: Vec<u8>,
}

impl EventLoop {
    fn start() -> io::Result<Mailbox> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let flags = EventFlags::IN | EventFlags::ET;
        epoll::add(&epoll, &wake, EventData::new_u64(WAKE), flags)?;
        let (streams, new) = channel();
        let event_loop = EventLoop {
            epoll,
            connections: Slab::new(),
            new,
            buffer: vec![0; SERVER_BUFFER],
        };
        thread::spawn(|| event_loop.run().expect("epoll works"));
        Ok(Mailbox { streams, wake })
    }

    fn run(mut self) -> io::Result<()> {
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            epoll::wait(&self.epoll, spare_capacity(&mut events), None)?;
            for event in events.drain(..) {
                match event.data.u64() {
                    WAKE => self.welcome()?,
                    key => self.echo(key as usize),
                }
            }
        }
    }

    fn welcome(&mut self) -> io::Result<()> {
        for stream in self.new.try_iter() {
            let entry = self.connections.vacant_entry();
            let key = EventData::new_u64(entry.key() as u64);
            let stream = entry.insert(stream);
            epoll::add(&self.epoll, stream, key, EventFlags::IN | EventFlags::ET)?;
        }
        Ok(())
    }

    fn echo(&mut self, key: usize) {
        match echo_what_is_there(&self.connections[key], &mut self.buffer) {
            Ok(true) => {}
            Ok(false) => drop(self.connections.remove(key)),
            Err(error) => {
                eprintln!("a connection failed: {error}");
                self.connections.remove(key);
            }
        }
    }
}

/// Whether the client may send more.
///
/// A client that leaves its replies unread until the socket's buffers are full is
/// an error here: the load generator never does.
fn echo_what_is_there(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<bool> {
    loop {
        match stream.read(buffer) {
            Ok(0) => return Ok(false),
            Ok(read) => {
                stream.write_all(&buffer[..read])?;
                // Less than there was room for: the socket is drained.
                if read < buffer.len() {
                    return Ok(true);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
