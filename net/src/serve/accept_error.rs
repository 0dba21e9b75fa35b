//! What an error of `accept` means for the server.

use std::io;

use heist_runtime::io::raw_os_error;

pub(super) enum Meaning {
    /// It may concern just this connection, or nothing: accept the next at once. In a row such
    /// errors mean more: a network that is down, a sandbox that forbids `accept`.
    Passing,
    /// It lasts for a while, as when descriptors have run out: accept again later.
    Exhausted,
    /// Nothing will ever be accepted again.
    Fatal,
}

pub(super) fn meaning(error: &io::Error) -> Meaning {
    match raw_os_error(error) {
        Some(code) => meaning_of_code(code),
        None => match error.kind() {
            io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted => Meaning::Passing,
            _ => Meaning::Fatal,
        },
    }
}

#[cfg(unix)]
fn meaning_of_code(code: i32) -> Meaning {
    use rustix::io::Errno;

    match Errno::from_raw_os_error(code) {
        // The connection was gone, or a firewall's rule forbade it, before it was accepted. The
        // rest is what Linux passes on of errors in the network; accept(2) says to try again.
        Errno::CONNABORTED
        | Errno::CONNRESET
        | Errno::INTR
        | Errno::PERM
        | Errno::PROTO
        | Errno::NETDOWN
        | Errno::NETUNREACH
        | Errno::NOPROTOOPT
        | Errno::HOSTDOWN
        | Errno::HOSTUNREACH
        | Errno::TIMEDOUT => Meaning::Passing,
        #[cfg(any(target_os = "linux", target_os = "android"))]
        Errno::NONET => Meaning::Passing,
        Errno::BADF | Errno::INVAL | Errno::NOTSOCK | Errno::FAULT | Errno::NOSYS => Meaning::Fatal,
        // MFILE, NFILE, NOBUFS, NOMEM; and whatever else a system may have.
        _ => Meaning::Exhausted,
    }
}

#[cfg(not(unix))]
fn meaning_of_code(_code: i32) -> Meaning {
    Meaning::Exhausted
}
