//! The floor: an echo server on nothing but edge-triggered epoll, with one loop per thread. Another
//! thread accepts connections and deals them out in turn.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::{process, thread};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use slab::Slab;

use super::Server;
use super::address::Listener;

/// The key of a loop's wake-up; a connection's key is its place in the slab.
const WAKE: u64 = u64::MAX;

/// How many events one wait takes: at least as many as any of the runtimes takes when it is busy.
const EVENTS: usize = 1024;

pub(super) fn serve(listener: Listener, server: Server) -> io::Result<Infallible> {
    match listener {
        Listener::Tcp(listener) => {
            listener.set_nonblocking(false)?;
            deal(server, || {
                let (stream, _) = listener.accept()?;
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                Ok(stream.into())
            })
        }
        Listener::Unix(listener) => {
            listener.set_nonblocking(false)?;
            deal(server, || {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                Ok(stream.into())
            })
        }
        Listener::Udp(socket) => echo_datagrams(&socket, server.buffer),
    }
}

fn deal(server: Server, mut accept: impl FnMut() -> io::Result<OwnedFd>) -> io::Result<Infallible> {
    let loops: Vec<Mailbox> = (0..server.workers)
        .map(|_| EventLoop::start(server.buffer))
        .collect::<io::Result<_>>()?;
    let mut next = loops.iter().cycle();
    loop {
        let stream = accept()?;
        next.next().expect("there are workers").give(stream)?;
    }
}

/// How a loop receives its connections.
struct Mailbox {
    streams: Sender<OwnedFd>,
    /// In the loop's epoll, edge-triggered: every write wakes the loop, and nothing reads it.
    wake: Arc<OwnedFd>,
}

impl Mailbox {
    fn give(&self, stream: OwnedFd) -> io::Result<()> {
        self.streams.send(stream).map_err(io::Error::other)?;
        rustix::io::write(&self.wake, &1_u64.to_ne_bytes())?;
        Ok(())
    }
}

struct EventLoop {
    epoll: OwnedFd,
    connections: Slab<Connection>,
    new: Receiver<OwnedFd>,
    buffer: usize,
}

struct Connection {
    stream: OwnedFd,
    buffer: Vec<u8>,
    /// The part of the buffer that is still to be sent.
    unsent: Range<usize>,
}

impl EventLoop {
    fn start(buffer: usize) -> io::Result<Mailbox> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let flags = EventFlags::IN | EventFlags::ET;
        epoll::add(&epoll, &wake, EventData::new_u64(WAKE), flags)?;
        let (streams, new) = channel();
        let event_loop = EventLoop {
            epoll,
            connections: Slab::new(),
            new,
            buffer,
        };
        thread::spawn(move || {
            let Err(error) = event_loop.run();
            eprintln!("an event loop stopped: {error}");
            process::exit(1);
        });
        Ok(Mailbox { streams, wake })
    }

    fn run(mut self) -> io::Result<Infallible> {
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            wait(&self.epoll, &mut events)?;
            for event in events.drain(..) {
                match event.data.u64() {
                    WAKE => self.welcome()?,
                    key => self.serve(key as usize),
                }
            }
        }
    }

    fn welcome(&mut self) -> io::Result<()> {
        for stream in self.new.try_iter() {
            let entry = self.connections.vacant_entry();
            let key = EventData::new_u64(entry.key() as u64);
            let connection = entry.insert(Connection {
                stream,
                buffer: vec![0; self.buffer],
                unsent: 0..0,
            });
            let flags = EventFlags::IN | EventFlags::OUT | EventFlags::ET;
            epoll::add(&self.epoll, &connection.stream, key, flags)?;
        }
        Ok(())
    }

    fn serve(&mut self, key: usize) {
        match self.connections[key].echo_what_is_there() {
            Ok(true) => {}
            Ok(false) => drop(self.connections.remove(key)),
            Err(error) => {
                eprintln!("a connection failed: {error}");
                self.connections.remove(key);
            }
        }
    }
}

impl Connection {
    /// Echoes the available bytes. Returns whether the client may send more.
    fn echo_what_is_there(&mut self) -> io::Result<bool> {
        // A read that returns less than there was room for has emptied the socket.
        let mut drained = false;
        loop {
            while !self.unsent.is_empty() {
                let bytes = &self.buffer[self.unsent.clone()];
                match send(&self.stream, bytes, SendFlags::NOSIGNAL) {
                    Ok(sent) => self.unsent.start += sent,
                    Err(Errno::AGAIN) => return Ok(true),
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if drained {
                return Ok(true);
            }
            match recv(&self.stream, &mut self.buffer[..], RecvFlags::empty()) {
                Ok((0, _)) => return Ok(false),
                Ok((read, _)) => {
                    self.unsent = 0..read;
                    drained = read < self.buffer.len();
                }
                Err(Errno::AGAIN) => return Ok(true),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Serves one socket, and therefore needs only one loop.
fn echo_datagrams(socket: &UdpSocket, buffer: usize) -> io::Result<Infallible> {
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    let flags = EventFlags::IN | EventFlags::ET;
    epoll::add(&epoll, socket, EventData::new_u64(0), flags)?;
    let mut buffer = vec![0; buffer];
    let mut events = Vec::with_capacity(EVENTS);
    loop {
        wait(&epoll, &mut events)?;
        events.clear();
        loop {
            match socket.recv_from(&mut buffer) {
                Ok((read, from)) => drop(socket.send_to(&buffer[..read], from)?),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn wait(epoll: &OwnedFd, events: &mut Vec<epoll::Event>) -> io::Result<()> {
    match epoll::wait(epoll, spare_capacity(events), None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
