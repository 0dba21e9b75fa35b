//! When a short count proves that a stream is drained, so that the system call which would only say
//! so can be saved.
//!
//! A count below what was asked for may have other reasons than that there is no more, or no room.
//! If it is taken for proof then, the task waits for an event that has been, for ever. What holds
//! on Linux, by epoll:
//!
//! | descriptor | a short read | a short write |
//! | --- | --- | --- |
//! | TCP connection | proves, unless urgent data is about (it stops at the mark) or an error | proves, unless an error is about |
//! | Unix stream socket | if the system says that no control data came along: it stops after descriptors, and with `SO_PASSCRED` where the sender changes | nothing: it stops for lack of memory, too |
//! | pipe, FIFO | nothing: what was written in packet mode (`O_DIRECT`, perhaps by the other end alone) comes packet by packet | nothing: as above |
//! | anything else: terminals, inotify, eventfd, timerfd, packets and datagrams, other protocols, what has a protocol on top (MPTCP, vsock, SCTP) | nothing | nothing |
//!
//! `splice` and `sendfile` prove nothing, whatever they write to: they stop when a signal is
//! pending. With other pollers than epoll nothing is proved, as they do not tell the end of a
//! stream apart from its data. A count of zero is the end, which stays ready, and proves nothing.
//!
//! The kind is asked of the system, since a `TcpStream` of std may be made of any descriptor; at
//! the first short count, and once. Whoever has opened the descriptor can say it.

use super::backend::SHORT_READ_DRAINS;
use super::{Direction, Ready};
use polling::AsSource;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Bytes that a system call moves at most, however long the buffer is: `MAX_RW_COUNT`, with the
/// largest pages there are. Far more than any socket holds.
const MOST_BYTES: usize = 0x7fff_0000;

/// What a descriptor is, as far as that decides what a short count proves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// To be asked of the system.
    Unknown,
    /// A TCP connection, or a listener for them.
    Tcp,
    /// A Unix stream socket, or a listener for them.
    UnixStream,
    /// Anything else.
    Other,
}

/// What a read or a write came to.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    count: usize,
    is_short: bool,
    is_unattended: bool,
}

impl Moved {
    /// It moved `count` bytes, of `asked` that one system call was given room for.
    pub fn new(count: usize, asked: usize) -> Self {
        Self {
            count,
            is_short: 0 < count && count < asked.min(MOST_BYTES),
            is_unattended: false,
        }
    }

    /// The system has said that no control data came along with these bytes.
    #[must_use]
    pub fn unattended(self) -> Self {
        Self {
            is_unattended: true,
            ..self
        }
    }

    /// How many bytes it moved.
    pub fn count(self) -> usize {
        self.count
    }

    /// The readiness that this has used up, of a descriptor that was `ready` before. This is the
    /// table above.
    pub(crate) fn used_up(
        self,
        direction: Direction,
        ready: Ready,
        kind: impl FnOnce() -> Kind,
    ) -> Option<Ready> {
        if !SHORT_READ_DRAINS || !self.is_short {
            return None;
        }
        let proves = match (direction, kind()) {
            (Direction::Read, Kind::Tcp) => !ready.intersects(Ready::URGENT | Ready::ERROR),
            (Direction::Read, Kind::UnixStream) => {
                self.is_unattended && !ready.intersects(Ready::URGENT | Ready::ERROR)
            }
            (Direction::Write, Kind::Tcp) => !ready.intersects(Ready::ERROR),
            (Direction::Write, Kind::UnixStream) | (_, Kind::Other | Kind::Unknown) => false,
        };
        proves.then_some(match direction {
            Direction::Read => Ready::READABLE,
            Direction::Write => Ready::WRITABLE,
        })
    }
}

/// A descriptor's kind, once it is known.
///
/// Relaxed: whoever does not see it yet asks the system himself, and gets the same answer.
pub(crate) struct KnownKind(AtomicU8);

impl KnownKind {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(AtomicU8::new(kind as u8))
    }

    pub(crate) fn get(&self, descriptor: &impl AsSource) -> Kind {
        for known in [Kind::Tcp, Kind::UnixStream, Kind::Other] {
            if self.0.load(Relaxed) == known as u8 {
                return known;
            }
        }
        let kind = system::kind(descriptor);
        self.0.store(kind as u8, Relaxed);
        kind
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use super::Kind;
    use polling::AsSource;
    use rustix::net::sockopt::{socket_domain, socket_protocol, socket_type};
    use rustix::net::{AddressFamily, SocketType, ipproto};

    pub(super) fn kind(descriptor: &impl AsSource) -> Kind {
        let fd = descriptor.source();
        if socket_type(fd) != Ok(SocketType::STREAM) {
            return Kind::Other;
        }
        match (socket_domain(fd), socket_protocol(fd)) {
            (Ok(AddressFamily::INET | AddressFamily::INET6), Ok(Some(ipproto::TCP))) => Kind::Tcp,
            (Ok(AddressFamily::UNIX), _) => Kind::UnixStream,
            _ => Kind::Other,
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use super::Kind;
    use polling::AsSource;

    /// Nothing is proved anyway.
    pub(super) fn kind(_descriptor: &impl AsSource) -> Kind {
        Kind::Other
    }
}
