//! `SignalKind`: which signal, by name and by number, and whether it can be listened for.

use std::ffi::c_int;
use std::fmt;

use signal_hook::consts;
use signal_hook::low_level::signal_name;

/// A kind of signal.
///
/// # Examples
///
/// ```
/// use heist::signal::SignalKind;
///
/// assert_eq!(SignalKind::terminate().to_string(), "SIGTERM");
/// assert_eq!(SignalKind::from_raw(2), SignalKind::interrupt());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SignalKind(c_int);

impl SignalKind {
    /// The signal with this number, for those that have no function here.
    ///
    /// Whether the system knows it turns out when it is listened for.
    pub const fn from_raw(number: c_int) -> Self {
        Self(number)
    }

    /// The signal's number on this system.
    pub const fn as_raw_value(self) -> c_int {
        self.0
    }

    /// `SIGALRM`: a timer of `alarm` or `setitimer` has expired.
    pub const fn alarm() -> Self {
        Self(consts::SIGALRM)
    }

    /// `SIGCHLD`: a child process has stopped or ended.
    pub const fn child() -> Self {
        Self(consts::SIGCHLD)
    }

    /// `SIGHUP`: the terminal is gone; to a server, usually: read your configuration again.
    pub const fn hangup() -> Self {
        Self(consts::SIGHUP)
    }

    /// `SIGINT`: the user has pressed Ctrl-C.
    pub const fn interrupt() -> Self {
        Self(consts::SIGINT)
    }

    /// `SIGIO`: a file descriptor that was set up for it is ready.
    pub const fn io() -> Self {
        Self(consts::SIGIO)
    }

    /// `SIGPIPE`: a write to a pipe or socket that nobody reads. Rust programs ignore it.
    pub const fn pipe() -> Self {
        Self(consts::SIGPIPE)
    }

    /// `SIGQUIT`: the user has pressed Ctrl-\, to end the program with a core dump.
    pub const fn quit() -> Self {
        Self(consts::SIGQUIT)
    }

    /// `SIGTERM`: the program is asked to end.
    pub const fn terminate() -> Self {
        Self(consts::SIGTERM)
    }

    /// `SIGUSR1`: means what the program says it means.
    pub const fn user_defined1() -> Self {
        Self(consts::SIGUSR1)
    }

    /// `SIGUSR2`: means what the program says it means.
    pub const fn user_defined2() -> Self {
        Self(consts::SIGUSR2)
    }

    /// `SIGWINCH`: the terminal window has a new size.
    pub const fn window_change() -> Self {
        Self(consts::SIGWINCH)
    }

    /// Why this signal cannot be listened for, if it cannot on any system.
    pub(crate) fn forbidden(self) -> Option<&'static str> {
        if !consts::FORBIDDEN.contains(&self.0) {
            return None;
        }
        Some(match self.0 {
            consts::SIGKILL | consts::SIGSTOP => "the system lets no process catch it",
            _ => "it reports a fault of the program, which would repeat after a handler returns",
        })
    }
}

/// The name, such as `SIGTERM`, or `signal 34` if it has none.
impl fmt::Display for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match signal_name(self.0) {
            Some(name) => f.write_str(name),
            None => write!(f, "signal {}", self.0),
        }
    }
}

impl From<c_int> for SignalKind {
    fn from(number: c_int) -> Self {
        Self::from_raw(number)
    }
}

impl From<SignalKind> for c_int {
    fn from(kind: SignalKind) -> Self {
        kind.as_raw_value()
    }
}
