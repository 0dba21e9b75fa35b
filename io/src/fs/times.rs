//! `FileTimes`: the times of a file.

use std::time::SystemTime;

/// Which times of a file to set, and their values; see [`std::fs::FileTimes`].
#[derive(Debug, Clone, Default)]
#[must_use = "must be applied to a file via `File::set_times` to have any effect"]
pub struct FileTimes(std::fs::FileTimes);

impl FileTimes {
    /// Creates one that sets no times.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time of the last access.
    pub fn set_accessed(self, t: SystemTime) -> Self {
        Self(self.0.set_accessed(t))
    }

    /// Sets the time of the last modification.
    pub fn set_modified(self, t: SystemTime) -> Self {
        Self(self.0.set_modified(t))
    }

    /// Sets the time of creation.
    #[cfg(windows)]
    pub fn set_created(self, t: SystemTime) -> Self {
        Self(std::os::windows::fs::FileTimesExt::set_created(self.0, t))
    }

    /// Sets the time of creation.
    #[cfg(target_vendor = "apple")]
    pub fn set_created(self, t: SystemTime) -> Self {
        Self(std::os::darwin::fs::FileTimesExt::set_created(self.0, t))
    }

    pub(super) fn into_std(self) -> std::fs::FileTimes {
        self.0
    }
}
