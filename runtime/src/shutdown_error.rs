//! The error of operations on a runtime that has shut down, and how to recognise it.

use std::error::Error;
use std::{fmt, io};

#[derive(Debug)]
struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the heist runtime this belongs to has shut down")
    }
}

impl Error for Ended {}

/// Returns the error of an operation on a runtime that has shut down. For heist's own packages, and
/// not part of the public interface.
#[doc(hidden)]
pub fn shut_down() -> io::Error {
    io::Error::other(Ended)
}

/// Returns whether an operation failed because its runtime has shut down, rather than for a reason
/// of its own. The name is tokio's.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncFd;
/// use heist::runtime::is_rt_shutdown_err;
///
/// let runtime = heist::runtime::Runtime::new()?;
/// let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// socket.set_nonblocking(true)?;
/// let socket = runtime.block_on(async { AsyncFd::new(socket) })?;
/// drop(runtime);
/// let other = heist::runtime::Runtime::new()?;
/// let error = other.block_on(socket.readable()).unwrap_err();
/// assert!(is_rt_shutdown_err(&error));
/// assert!(!is_rt_shutdown_err(&std::io::Error::other("oh")));
/// # std::io::Result::Ok(())
/// ```
pub fn is_rt_shutdown_err(error: &io::Error) -> bool {
    // It may be the source of an error that names what was attempted.
    let mut next = error.get_ref().map(|inner| inner as &(dyn Error + 'static));
    while let Some(inner) = next {
        if inner.is::<Ended>() {
            return true;
        }
        next = match inner.downcast_ref::<io::Error>() {
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => inner.source(),
        };
    }
    false
}
