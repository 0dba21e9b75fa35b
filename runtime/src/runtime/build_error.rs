//! `BuildError`: names the setting of a runtime that is invalid.

use std::{fmt, io};

/// An invalid setting of a [`Builder`](crate::Builder).
///
/// # Examples
///
/// ```
/// use heist::runtime::{BuildError, Builder};
///
/// let error = Builder::new().max_blocking_threads(0).build().unwrap_err();
/// assert!(error.get_ref().unwrap().is::<BuildError>());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError {
    setting: &'static str,
    value: String,
    problem: &'static str,
}

impl BuildError {
    pub(super) fn new(setting: &'static str, value: impl ToString, problem: &'static str) -> Self {
        Self {
            setting,
            value: value.to_string(),
            problem,
        }
    }

    pub(super) fn nul_in_name(setting: &'static str, name: &str) -> Self {
        Self::new(
            setting,
            format!("{name:?}"),
            "must not contain a NUL character",
        )
    }

    /// Returns the name of the setting, which is that of the method that sets it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{BuildError, Builder};
    ///
    /// let error = Builder::new().thread_stack_size(1).build().unwrap_err();
    /// let wrong: &BuildError = error.get_ref().unwrap().downcast_ref().unwrap();
    /// assert_eq!(wrong.setting(), "thread_stack_size");
    /// ```
    pub fn setting(&self) -> &'static str {
        self.setting
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}, but is {}",
            self.setting, self.problem, self.value
        )
    }
}

impl std::error::Error for BuildError {}

impl From<BuildError> for io::Error {
    fn from(error: BuildError) -> Self {
        io::Error::new(io::ErrorKind::InvalidInput, error)
    }
}
