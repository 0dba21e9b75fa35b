//! A timer that is often postponed and rarely fires.

use std::pin::Pin;
use std::task::{Context, Poll};

use heist::task::{Unconstrained, unconstrained};
use heist::time::{Sleep, sleep_until};

use crate::run::Run;

/// Belongs to a single exchange, so that it wakes the task that polls it.
pub(crate) struct Alarm {
    /// Exempt from the task's budget: a poll always arms it.
    sleep: Pin<Box<Unconstrained<Sleep>>>,
    /// When it fires, on the run's clock.
    rings_at: u64,
}

impl Alarm {
    /// Creates an alarm that is not set.
    pub(crate) fn new(run: &Run) -> Alarm {
        Alarm {
            sleep: Box::pin(set(run, u64::MAX)),
            rings_at: u64::MAX,
        }
    }

    /// Completes at `wake_at`. It may wake the task sooner.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        run: &Run,
        now: u64,
        wake_at: u64,
    ) -> Poll<()> {
        if now < self.rings_at && self.rings_at <= wake_at {
            // Armed and not due. An early alarm does no harm, so that it need not be postponed at
            // each reply.
            return Poll::Pending;
        }
        self.rings_at = wake_at;
        self.sleep.set(set(run, wake_at));
        self.sleep.as_mut().poll(cx)
    }
}

fn set(run: &Run, at: u64) -> Unconstrained<Sleep> {
    unconstrained(sleep_until(run.instant(at).into()))
}
