//! Errors that name the object they concern and keep the system's error number.
//!
//! Plain values, created on the thread that gets the error. Invariant: the system's error can be
//! determined from the `io::Error` alone, by its kind or by its number.
//!
//! std's `io::Error` holds a number or a custom error, never both: `raw_os_error()` is `None` for
//! an error that names its object. Therefore the object is named where the kind identifies the
//! error, and an error that only its number identifies is left unchanged. The kinds are listed
//! rather than derived from std: a kind added to std in future must not take the number away from
//! programs that match it.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};

/// The payload of an [`io::Error`] of heist's that names its object: what failed, as in "bind
/// 127.0.0.1:80", and the system's error.
///
/// std's [`io::Error`] has no room for both a name and the system's error number. Therefore heist's
/// errors come in two forms:
///
/// - Where [`kind`](io::Error::kind) identifies the error, as `AddrInUse` or `ConnectionRefused`
///   do, the error names its object and contains a `NamedError`. Match its kind, or call
///   [`raw_os_error`] for the number; its own method of that name returns `None`.
/// - Errors that only their number identifies, such as `ENXIO`, `EMFILE` or `EAFNOSUPPORT`, are the
///   system's own: [`io::Error::raw_os_error`] returns the number, and the name is left out.
///
/// # Examples
///
/// ```
/// use heist::io::{NamedError, raw_os_error};
/// use std::io::{Error, ErrorKind};
///
/// let system = std::fs::File::open("/no/such/file").unwrap_err();
/// let number = system.raw_os_error();
///
/// let error: Error = NamedError::about("read the settings", system);
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert!(error.to_string().starts_with("read the settings: "));
/// assert_eq!(raw_os_error(&error), number);
///
/// let named: &NamedError = error.get_ref().unwrap().downcast_ref().unwrap();
/// assert_eq!((named.action(), named.raw_os_error()), ("read the settings", number));
/// ```
#[derive(Debug)]
pub struct NamedError {
    action: String,
    error: io::Error,
}

impl NamedError {
    /// Adds the name of what failed to `error`. The kind is kept, and `error` becomes the source.
    /// An error that only its number identifies is returned unchanged; see [`NamedError`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::NamedError;
    /// use std::io::{Error, ErrorKind};
    ///
    /// let error = NamedError::about("ask the oracle", Error::from(ErrorKind::TimedOut));
    /// assert_eq!(error.to_string(), "ask the oracle: timed out");
    /// ```
    pub fn about(action: impl Into<String>, error: io::Error) -> io::Error {
        if needs_number(&error) {
            return error;
        }
        let action = action.into();
        io::Error::new(error.kind(), Self { action, error })
    }

    /// Returns what was attempted, and on which object.
    ///
    /// See [`NamedError`] for an example.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Returns the system's error.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::NamedError;
    /// use std::io::{Error, ErrorKind};
    ///
    /// let error = NamedError::about("ask the oracle", Error::from(ErrorKind::TimedOut));
    /// let named: &NamedError = error.get_ref().unwrap().downcast_ref().unwrap();
    /// assert_eq!(named.io_error().kind(), ErrorKind::TimedOut);
    /// ```
    pub fn io_error(&self) -> &io::Error {
        &self.error
    }

    /// Returns the system's error number, if the error is the system's.
    ///
    /// See [`NamedError`] for an example.
    pub fn raw_os_error(&self) -> Option<i32> {
        raw_os_error(&self.error)
    }
}

impl fmt::Display for NamedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.action, self.error)
    }
}

impl Error for NamedError {
    /// Returns the system's error, with its number.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// Returns the system's number of an error: its own, or that of the [`io::Error`] it was made of,
/// however deep among the [sources](Error::source).
///
/// Unlike [`io::Error::raw_os_error`] it also finds the numbers of errors that name their objects;
/// see [`NamedError`]. For an error of several attempts, such as `heist::net::tcp::ConnectError`,
/// it returns the number of the last.
///
/// # Examples
///
/// ```
/// use heist::io::{NamedError, raw_os_error};
/// use std::io::Error;
///
/// let error = NamedError::about("open the door", Error::from_raw_os_error(2));
/// assert_eq!(error.raw_os_error(), None);
/// assert_eq!(raw_os_error(&error), Some(2));
/// assert_eq!(raw_os_error(&Error::other("of one's own making")), None);
/// ```
pub fn raw_os_error(error: &io::Error) -> Option<i32> {
    if let Some(number) = error.raw_os_error() {
        return Some(number);
    }
    let mut inner: Option<&(dyn Error + 'static)> = error.get_ref().map(|inner| inner as _);
    while let Some(error) = inner {
        if let Some(number) = error.downcast_ref().and_then(io::Error::raw_os_error) {
            return Some(number);
        }
        inner = error.source();
    }
    None
}

/// Returns whether only the number identifies this system error.
///
/// Hidden, for heist's packages with errors that gather several; [`NamedError::about`] uses it.
#[doc(hidden)]
pub fn needs_number(error: &io::Error) -> bool {
    // All kinds that were stable in Rust 1.85 and that a system's error can have.
    let kind_tells = matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
            | ErrorKind::AddrInUse
            | ErrorKind::AddrNotAvailable
            | ErrorKind::NetworkDown
            | ErrorKind::BrokenPipe
            | ErrorKind::AlreadyExists
            | ErrorKind::WouldBlock
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::DirectoryNotEmpty
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::InvalidInput
            | ErrorKind::TimedOut
            | ErrorKind::StorageFull
            | ErrorKind::NotSeekable
            | ErrorKind::QuotaExceeded
            | ErrorKind::FileTooLarge
            | ErrorKind::ResourceBusy
            | ErrorKind::ExecutableFileBusy
            | ErrorKind::Deadlock
            | ErrorKind::TooManyLinks
            | ErrorKind::ArgumentListTooLong
            | ErrorKind::Interrupted
            | ErrorKind::Unsupported
            | ErrorKind::OutOfMemory
    );
    error.raw_os_error().is_some() && !kind_tells
}
