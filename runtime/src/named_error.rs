//! Errors that name what they are about, and keep the system's number.
//!
//! Plain values, made on whichever thread meets the error. The invariant: whatever the system
//! said can be told from the `io::Error` alone, by its kind or by its number.
//!
//! std's `io::Error` holds a number or a text of ours, never both: `raw_os_error()` is `None` for
//! whatever names its object. So the object is named where the kind says which error it is, and an
//! error that only its number tells is left as it is. The kinds are listed, and not found out by
//! asking std: a kind added to std one day must not take a number away from programs that match it.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};

/// What failed, as in "bind 127.0.0.1:80", and the system's error: what is inside an [`io::Error`]
/// of heist's that names its object.
///
/// std's [`io::Error`] has no room for both a name and the system's error number. So heist's errors
/// come in two forms:
///
/// - Where [`kind`](io::Error::kind) says which error it is, as `AddrInUse` or `ConnectionRefused`
///   do, the error names its object, and has this inside. Match its kind, or ask [`raw_os_error`]
///   for the number; its own method of that name has none.
/// - Errors that only their number tells, such as `ENXIO`, `EMFILE` or `EAFNOSUPPORT`, are the
///   system's own: [`io::Error::raw_os_error`] has the number, and the name is left out.
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
    /// `error`, said to be of `action`. Its kind stays, and it becomes the source. An error that
    /// only its number tells is given back as it is; see [`NamedError`].
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

    /// What was tried, and with what.
    ///
    /// See [`NamedError`] for an example.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// What the system said.
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

    /// The system's error number, if the error is the system's.
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
    /// What the system said, with its number.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// The system's number of an error: its own, or that of the [`io::Error`] it was made of, however
/// deep it lies among the [sources](Error::source).
///
/// Unlike [`io::Error::raw_os_error`] it also finds the numbers of errors that name their objects;
/// see [`NamedError`]. An error of several attempts, such as `heist::net::tcp::ConnectError`, gives
/// the number of the last.
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

/// Whether only the number says which error of the system's this is.
///
/// Public within heist for errors that gather several, and hidden: [`NamedError::about`] asks it.
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
