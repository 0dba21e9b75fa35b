//! What an error of `accept` means for the server.

use std::io;

use heist_runtime::io::raw_os_error;

pub(super) enum ErrorClass {
    /// The error concerns just this connection, or nothing: accept the next at once. Many such
    /// errors in a row mean more: a network that is down, or a sandbox that forbids `accept`.
    Transient,
    /// The cause lasts for a while, as when descriptors have run out: accept again later.
    Exhausted,
    /// No connection can ever be accepted again.
    Fatal,
}

pub(super) fn classify(error: &io::Error) -> ErrorClass {
    match raw_os_error(error) {
        Some(code) => classify_code(code),
        None => match error.kind() {
            io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted => ErrorClass::Transient,
            _ => ErrorClass::Fatal,
        },
    }
}

#[cfg(unix)]
fn classify_code(code: i32) -> ErrorClass {
    use rustix::io::Errno;

    match Errno::from_raw_os_error(code) {
        // The connection was gone, or rejected by a firewall's rule, before it was accepted. Linux
        // also passes on network errors here; accept(2) recommends to try again.
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
        | Errno::TIMEDOUT => ErrorClass::Transient,
        #[cfg(any(target_os = "linux", target_os = "android"))]
        Errno::NONET => ErrorClass::Transient,
        Errno::BADF | Errno::INVAL | Errno::NOTSOCK | Errno::FAULT | Errno::NOSYS => {
            ErrorClass::Fatal
        }
        // MFILE, NFILE, NOBUFS, NOMEM, and any other code of the system's.
        _ => ErrorClass::Exhausted,
    }
}

#[cfg(not(unix))]
fn classify_code(_code: i32) -> ErrorClass {
    ErrorClass::Exhausted
}
