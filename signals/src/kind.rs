//! `SignalKind`: which signal, by name and by number, and whether it can be listened for.

use std::ffi::c_int;
use std::fmt;
use std::io;

use heist_runtime::io::NamedError;

use crate::platform::consts;

/// A kind of signal.
///
/// # Examples
///
/// ```
/// use heist::signal::SignalKind;
///
/// assert_eq!(SignalKind::interrupt().to_string(), "SIGINT");
/// assert_eq!(SignalKind::interrupt().as_raw_value(), 2);
/// assert_eq!(SignalKind::from_raw(2), SignalKind::interrupt());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SignalKind(c_int);

impl SignalKind {
    /// Returns the signal with this number, for those that have no function here.
    ///
    /// Whether the system supports it is checked when it is listened for.
    pub const fn from_raw(number: c_int) -> Self {
        Self(number)
    }

    /// Returns the signal's number on this system.
    pub const fn as_raw_value(self) -> c_int {
        self.0
    }

    /// `SIGINT`: the user has pressed Ctrl-C. The only kind that Windows supports, too.
    pub const fn interrupt() -> Self {
        Self(consts::SIGINT)
    }
}

#[cfg(unix)]
impl SignalKind {
    /// `SIGALRM`: a timer of `alarm` or `setitimer` has expired.
    pub const fn alarm() -> Self {
        Self(consts::SIGALRM)
    }

    /// `SIGCHLD`: a child process has stopped or ended.
    pub const fn child() -> Self {
        Self(consts::SIGCHLD)
    }

    /// `SIGHUP`: the terminal is gone; for a server, by convention: reload the configuration.
    pub const fn hangup() -> Self {
        Self(consts::SIGHUP)
    }

    /// `SIGCONT`: the program continues after it was stopped.
    pub const fn continued() -> Self {
        Self(consts::SIGCONT)
    }

    /// `SIGINFO`: the user has pressed Ctrl-T to request the program's status.
    #[cfg(any(
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "macos",
        target_os = "netbsd",
        target_os = "openbsd",
    ))]
    pub const fn info() -> Self {
        Self(consts::SIGINFO)
    }

    /// `SIGIO`: a file descriptor that was set up for it is ready.
    pub const fn io() -> Self {
        Self(consts::SIGIO)
    }

    /// `SIGPIPE`: a write to a pipe or socket without a reader. Rust programs ignore it.
    pub const fn pipe() -> Self {
        Self(consts::SIGPIPE)
    }

    /// `SIGQUIT`: the user has pressed Ctrl-\, to end the program with a core dump.
    pub const fn quit() -> Self {
        Self(consts::SIGQUIT)
    }

    /// A real-time signal: the number `SIGRTMIN + offset`, or `None` if the system has fewer.
    ///
    /// Unlike others, it is not merged by the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::SignalKind;
    ///
    /// let kind = SignalKind::realtime(1).expect("Linux has 30 of them at least");
    /// assert_eq!(kind.to_string(), "SIGRTMIN+1");
    /// assert_eq!(SignalKind::realtime(64), None);
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn realtime(offset: u8) -> Option<Self> {
        let number = libc::SIGRTMIN() + c_int::from(offset);
        (number <= libc::SIGRTMAX()).then_some(Self(number))
    }

    /// `SIGTSTP`: the user has pressed Ctrl-Z, to stop the program for a while.
    pub const fn terminal_stop() -> Self {
        Self(consts::SIGTSTP)
    }

    /// `SIGTERM`: the program is asked to end.
    pub const fn terminate() -> Self {
        Self(consts::SIGTERM)
    }

    /// `SIGUSR1`: its meaning is up to the program.
    pub const fn user_defined1() -> Self {
        Self(consts::SIGUSR1)
    }

    /// `SIGUSR2`: its meaning is up to the program.
    pub const fn user_defined2() -> Self {
        Self(consts::SIGUSR2)
    }

    /// `SIGWINCH`: the terminal window has a new size.
    pub const fn window_change() -> Self {
        Self(consts::SIGWINCH)
    }
}

#[cfg(windows)]
impl SignalKind {
    /// `SIGBREAK`: the user has pressed Ctrl-Break.
    pub const fn ctrl_break() -> Self {
        Self(consts::SIGBREAK)
    }
}

impl SignalKind {
    /// Returns why this signal can never be listened for, if so on all systems.
    pub(crate) fn forbidden(self) -> Option<&'static str> {
        if consts::UNCATCHABLE.contains(&self.0) {
            Some("no process can catch it")
        } else if consts::FAULTS.contains(&self.0) {
            Some("it reports a fault of the program, which would repeat after a handler returns")
        } else {
            None
        }
    }

    /// Returns the error of a failed attempt to listen, with this signal's name.
    pub(crate) fn refused(self, error: io::Error) -> io::Error {
        NamedError::about(format!("cannot listen for {self}"), error)
    }
}

/// The name, such as `SIGTERM` or `SIGRTMIN+1`, or `signal 99` if it has none.
impl fmt::Display for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = consts::name(self.0) {
            return f.write_str(name);
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if (libc::SIGRTMIN()..=libc::SIGRTMAX()).contains(&self.0) {
            return write!(f, "SIGRTMIN+{}", self.0 - libc::SIGRTMIN());
        }
        write!(f, "signal {}", self.0)
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
