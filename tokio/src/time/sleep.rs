//! `Sleep`: a future that completes at its deadline.

use super::{Duration, Instant};
use crate::context::{self, SHUTTING_DOWN};
use heist_runtime::{Handle, task};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Waits until `deadline`.
///
/// # Panics
///
/// Panics if called outside a runtime, or in a runtime without timers. The future panics when the
/// runtime has ended.
#[inline]
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep::new(heist_runtime::time::sleep_until(deadline))
}

/// Waits until `duration` has passed.
///
/// # Panics
///
/// See [`sleep_until`].
#[inline]
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::new(heist_runtime::time::sleep(duration))
}

pin_project! {
    /// A future that completes at its deadline; from [`sleep`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Sleep {
        #[pin]
        inner: heist_runtime::time::Sleep,
        // The runtime in which it was created, for threads that poll it outside any runtime.
        runtime: Handle,
        // Until it is polled, it appears not to have elapsed.
        was_polled: bool,
    }
}

impl Sleep {
    #[inline]
    #[track_caller]
    fn new(inner: heist_runtime::time::Sleep) -> Self {
        Self {
            inner,
            runtime: context::current_with_time(),
            was_polled: false,
        }
    }

    /// Returns the deadline.
    pub fn deadline(&self) -> Instant {
        self.inner.deadline()
    }

    /// Returns whether the sleep has been polled or reset, and its deadline has passed.
    pub fn is_elapsed(&self) -> bool {
        self.was_polled && self.inner.is_elapsed()
    }

    /// Moves the deadline.
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        let this = self.project();
        *this.was_polled = true;
        this.inner.reset(deadline);
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        *this.was_polled = true;
        assert!(!this.runtime.is_shut_down(), "{SHUTTING_DOWN}");
        // A task is always in a runtime; checking whether another thread is costs more.
        let outside = task::try_id().is_none() && Handle::with_current(|_| ()).is_none();
        let _entered = outside.then(|| this.runtime.enter());
        this.inner.poll(cx)
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
