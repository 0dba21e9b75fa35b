//! What users of tokio write and heist has no use for, as in `runtime/from_tokio.rs`.

use super::{AsyncFd, Interest};
use polling::AsSource;
use std::io;

impl<T: AsSource> AsyncFd<T> {
    #[doc(hidden)]
    #[deprecated(note = "write `AsyncFd::new(inner)`: both directions are watched, at no cost")]
    pub fn with_interest(inner: T, _interest: Interest) -> io::Result<Self> {
        Self::new(inner)
    }
}
