//! Permits of a semaphore, returned when dropped.

use super::Semaphore;
use std::mem;
use std::sync::Arc;

/// Permits of a [`Semaphore`], returned when this is dropped.
#[must_use = "dropped, the permit comes back at once"]
#[clippy::has_significant_drop]
#[derive(Debug)]
pub struct SemaphorePermit<'a> {
    semaphore: &'a Semaphore,
    permits: usize,
}

/// Like [`SemaphorePermit`], with the semaphore in an [`Arc`].
#[must_use = "dropped, the permit comes back at once"]
#[clippy::has_significant_drop]
#[derive(Debug)]
pub struct OwnedSemaphorePermit {
    semaphore: Arc<Semaphore>,
    permits: usize,
}

impl<'a> SemaphorePermit<'a> {
    pub(super) fn new(semaphore: &'a Semaphore, permits: usize) -> Self {
        Self { semaphore, permits }
    }

    /// Takes the permits away from the semaphore for ever.
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Adds the permits of `other`.
    ///
    /// # Panics
    ///
    /// Panics if they belong to different semaphores.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(
            std::ptr::eq(self.semaphore, other.semaphore),
            "merging permits from different semaphore instances"
        );
        self.permits += mem::take(&mut other.permits);
    }

    /// Splits off `n` permits; `None` if there are fewer.
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let permits = take(&mut self.permits, n)?;
        Some(Self {
            semaphore: self.semaphore,
            permits,
        })
    }

    /// Returns the semaphore.
    pub fn semaphore(&self) -> &Semaphore {
        self.semaphore
    }

    /// Returns the number of permits.
    pub fn num_permits(&self) -> usize {
        self.permits
    }
}

impl OwnedSemaphorePermit {
    pub(super) fn new(semaphore: Arc<Semaphore>, permits: usize) -> Self {
        Self { semaphore, permits }
    }

    /// Takes the permits away from the semaphore for ever.
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Adds the permits of `other`.
    ///
    /// # Panics
    ///
    /// Panics if they belong to different semaphores.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(
            Arc::ptr_eq(&self.semaphore, &other.semaphore),
            "merging permits from different semaphore instances"
        );
        self.permits += mem::take(&mut other.permits);
    }

    /// Splits off `n` permits; `None` if there are fewer.
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let permits = take(&mut self.permits, n)?;
        Some(Self {
            semaphore: self.semaphore.clone(),
            permits,
        })
    }

    /// Returns the semaphore.
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.semaphore
    }

    /// Returns the number of permits.
    pub fn num_permits(&self) -> usize {
        self.permits
    }
}

fn take(permits: &mut usize, n: usize) -> Option<usize> {
    *permits = permits.checked_sub(n)?;
    Some(n)
}

impl Drop for SemaphorePermit<'_> {
    fn drop(&mut self) {
        self.semaphore.add_permits(self.permits);
    }
}

impl Drop for OwnedSemaphorePermit {
    fn drop(&mut self) {
        self.semaphore.add_permits(self.permits);
    }
}
