//! The kinds of errors of a connection: each is counted, and the first of each kind is kept as
//! text.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use heist_tools::pattern::Mismatch;

/// The kinds of error. The order is that of the reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    Refused,
    Unreachable,
    ConnectTimeout,
    NoPorts,
    Reset,
    Closed,
    ShortReply,
    WrongBytes,
    UnexpectedBytes,
    Timeout,
    Unsent,
    Other,
}

impl ErrorKind {
    pub(crate) const ALL: [ErrorKind; 12] = [
        ErrorKind::Refused,
        ErrorKind::Unreachable,
        ErrorKind::ConnectTimeout,
        ErrorKind::NoPorts,
        ErrorKind::Reset,
        ErrorKind::Closed,
        ErrorKind::ShortReply,
        ErrorKind::WrongBytes,
        ErrorKind::UnexpectedBytes,
        ErrorKind::Timeout,
        ErrorKind::Unsent,
        ErrorKind::Other,
    ];

    /// Returns the name in the JSON report, which is stable.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ErrorKind::Refused => "refused",
            ErrorKind::Unreachable => "unreachable",
            ErrorKind::ConnectTimeout => "connect_timeout",
            ErrorKind::NoPorts => "no_ports",
            ErrorKind::Reset => "reset",
            ErrorKind::Closed => "closed",
            ErrorKind::ShortReply => "short_reply",
            ErrorKind::WrongBytes => "wrong_bytes",
            ErrorKind::UnexpectedBytes => "unexpected_bytes",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Unsent => "unsent",
            ErrorKind::Other => "other",
        }
    }

    /// Returns the name for display.
    pub(crate) fn title(self) -> &'static str {
        match self {
            ErrorKind::Refused => "connection refused",
            ErrorKind::Unreachable => "unreachable",
            ErrorKind::ConnectTimeout => "no answer to connect",
            ErrorKind::NoPorts => "no local port left",
            ErrorKind::Reset => "connection reset",
            ErrorKind::Closed => "closed by the server",
            ErrorKind::ShortReply => "closed in the middle of a reply",
            ErrorKind::WrongBytes => "wrong bytes",
            ErrorKind::UnexpectedBytes => "bytes nobody asked for",
            ErrorKind::Timeout => "no reply in time",
            ErrorKind::Unsent => "due, but could not be sent in time",
            ErrorKind::Other => "other",
        }
    }

    fn of(error: &io::Error) -> ErrorKind {
        use io::ErrorKind as Io;
        match error.kind() {
            Io::ConnectionRefused => ErrorKind::Refused,
            Io::HostUnreachable | Io::NetworkUnreachable => ErrorKind::Unreachable,
            Io::TimedOut => ErrorKind::ConnectTimeout,
            Io::AddrNotAvailable => ErrorKind::NoPorts,
            Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => ErrorKind::Reset,
            _ => ErrorKind::Other,
        }
    }
}

/// Why a connection ended.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) what: String,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Failure {
        Failure {
            kind,
            what: what.into(),
        }
    }

    /// Returns the failure of a reply of `size` bytes that contains a wrong byte.
    pub(crate) fn wrong_bytes(wrong: &Mismatch, size: u64) -> Failure {
        let what = format!(
            "request {}: byte {} of {size} is {:#04x}, not {:#04x}",
            wrong.request, wrong.at, wrong.got, wrong.expected
        );
        Failure::new(ErrorKind::WrongBytes, what)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::new(ErrorKind::of(&error), error.to_string())
    }
}

/// All errors of a run. Any thread may add to it; errors are rare, so that one lock is enough.
#[derive(Default)]
pub(crate) struct ErrorLog {
    total: AtomicU64,
    kinds: Mutex<[(u64, Option<String>); ErrorKind::ALL.len()]>,
}

impl ErrorLog {
    /// Counts an error of connection number `connection`.
    pub(crate) fn add(&self, connection: u64, failure: Failure) {
        self.add_many(1, failure.kind, || {
            format!("connection {connection}: {}", failure.what)
        });
    }

    /// Counts `n` errors of one kind.
    pub(crate) fn add_many(&self, n: u64, kind: ErrorKind, what: impl FnOnce() -> String) {
        self.total.fetch_add(n, Relaxed);
        let mut kinds = self.kinds.lock().expect("no panic while it is held");
        let (count, first) = &mut kinds[kind as usize];
        *count += n;
        first.get_or_insert_with(what);
    }

    /// Returns the number of errors so far.
    pub(crate) fn total(&self) -> u64 {
        self.total.load(Relaxed)
    }

    /// Returns the count of every kind, and the text of its first error.
    pub(crate) fn kinds(&self) -> Vec<(ErrorKind, u64, Option<String>)> {
        let kinds = self.kinds.lock().expect("no panic while it is held");
        std::iter::zip(ErrorKind::ALL, kinds.iter().cloned())
            .map(|(kind, (count, first))| (kind, count, first))
            .collect()
    }
}
