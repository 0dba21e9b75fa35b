//! Decides when a short count proves that a stream is drained, which saves the system call that
//! would only confirm it.
//!
//! A count below the requested one may have other reasons than lack of data or room. If it were
//! taken for proof then, the task would wait forever for an event that has already been delivered.
//! What holds on Linux, with epoll:
//!
//! | descriptor | a short read | a short write |
//! | --- | --- | --- |
//! | TCP connection | proves, unless urgent data (the read stops at its mark) or an error is pending | proves, unless an error is pending |
//! | Unix stream socket | proves if the system reports that no control data came along: a read stops after descriptors, and with `SO_PASSCRED` where the sender changes | nothing: it also stops for lack of memory |
//! | pipe, FIFO | nothing: data written in packet mode (`O_DIRECT`, possibly set by the other end alone) comes packet by packet | nothing: as above |
//! | anything else: terminals, inotify, eventfd, timerfd, packets and datagrams, other protocols (MPTCP, vsock, SCTP) | nothing | nothing |
//!
//! `splice` and `sendfile` prove nothing, whatever they write to: they stop when a signal is
//! pending. With pollers other than epoll nothing is proved, as they do not report the end of a
//! stream separately from its data. A count of zero is the end of the stream, which stays ready,
//! and proves nothing.
//!
//! The kind is queried from the system once, at the first short count, since a `TcpStream` of std
//! may wrap any descriptor. Code that has opened the descriptor itself can state the kind instead.

use crate::platform::{AsSource, Poller, Polling};
use crate::readiness::{Direction, Ready};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Maximum number of bytes that one system call moves, however long the buffer is: `MAX_RW_COUNT`,
/// with the largest pages there are. Far more than any socket holds.
const MOST_BYTES: usize = 0x7fff_0000;

/// The kind of a descriptor, as far as it decides what a short count proves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Not known yet; queried from the system when needed.
    Unknown,
    /// A TCP connection, or a TCP listener.
    Tcp,
    /// A Unix stream socket, or a listener.
    UnixStream,
    /// Anything else.
    Other,
}

/// The outcome of a successful read or write.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    count: usize,
    is_short: bool,
    is_unattended: bool,
}

impl Moved {
    /// Creates the outcome of an operation that moved `count` bytes, where one system call was
    /// given room for `asked` bytes.
    #[inline]
    pub fn new(count: usize, asked: usize) -> Self {
        Self {
            count,
            is_short: 0 < count && count < asked.min(MOST_BYTES),
            is_unattended: false,
        }
    }

    /// Records that the system has reported that no control data came along with these bytes.
    #[inline]
    #[must_use]
    pub fn unattended(self) -> Self {
        Self {
            is_unattended: true,
            ..self
        }
    }

    /// Returns the number of bytes moved.
    #[inline]
    pub fn count(self) -> usize {
        self.count
    }

    /// Returns the readiness that this operation has used up, of a descriptor whose readiness was
    /// `ready` before. Implements the table above.
    #[inline]
    pub(crate) fn used_up(
        self,
        direction: Direction,
        ready: Ready,
        kind: impl FnOnce() -> Kind,
    ) -> Option<Ready> {
        if !Poller::SHORT_READ_DRAINS || !self.is_short {
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
/// Relaxed: a thread that does not see it yet queries the system itself and gets the same answer.
pub(crate) struct KnownKind(AtomicU8);

impl KnownKind {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(AtomicU8::new(kind as u8))
    }

    #[inline]
    pub(crate) fn get(&self, descriptor: &impl AsSource) -> Kind {
        let known = self.0.load(Relaxed);
        for kind in [Kind::Tcp, Kind::UnixStream, Kind::Other] {
            if known == kind as u8 {
                return kind;
            }
        }
        self.ask(descriptor)
    }

    #[cold]
    fn ask(&self, descriptor: &impl AsSource) -> Kind {
        let kind = system::kind(descriptor);
        self.0.store(kind as u8, Relaxed);
        kind
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use super::Kind;
    use crate::platform::AsSource;
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
    use crate::platform::AsSource;

    /// The kind does not matter, as nothing is proved on these systems.
    pub(super) fn kind(_descriptor: &impl AsSource) -> Kind {
        Kind::Other
    }
}
