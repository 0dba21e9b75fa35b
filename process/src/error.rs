//! Errors that say which program they are about.

use std::error::Error;
use std::fmt;
use std::io;

/// `error`, said to be of `action`. Its kind stays, and it becomes the source.
pub(crate) fn about(action: impl Into<String>, error: io::Error) -> io::Error {
    let action = action.into();
    io::Error::new(error.kind(), About { action, error })
}

#[derive(Debug)]
struct About {
    action: String,
    error: io::Error,
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.action, self.error)
    }
}

impl Error for About {
    /// What the system said, with its error number.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
