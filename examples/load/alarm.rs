//! A timer that is put off often and rarely rings.

use std::pin::Pin;
use std::task::{Context, Poll};

use heist::task::{Unconstrained, unconstrained};
use heist::time::{Sleep, sleep_until};

use crate::run::Run;

/// Belongs to one exchange, so that whoever polls it is whom it wakes.
pub(crate) struct Alarm {
    /// Outside the task's budget: once polled it is armed, without fail.
    sleep: Pin<Box<Unconstrained<Sleep>>>,
    /// On the run's clock.
    rings_at: u64,
}

impl Alarm {
    /// An alarm that is not set.
    pub(crate) fn new(run: &Run) -> Alarm {
        Alarm {
            sleep: Box::pin(set(run, u64::MAX)),
            rings_at: u64::MAX,
        }
    }

    /// Ready once it is `wake_at`. It may wake the task sooner.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        run: &Run,
        now: u64,
        wake_at: u64,
    ) -> Poll<()> {
        if now < self.rings_at && self.rings_at <= wake_at {
            // Armed and not due. An alarm that is early does no harm, so replies need not put it
            // off one by one.
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
