//! The parts that a scheduler is made of: all values, checked by the builder.

use super::{Cadence, Companion, StartWatchdog};
use crate::alarm::Alarm;
use crate::panics;
use crate::platform::Topology;
use crate::poller::Driver;
use crate::tasks::Failures;
use std::any::Any;
use std::sync::Arc;
use std::thread::{self, ThreadId};

/// The parts that a scheduler is made of.
pub(crate) struct Setup {
    pub(crate) workers: usize,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) driver: Driver,
    pub(crate) alarm: Alarm,
    pub(crate) failures: Arc<Failures>,
    /// Whether a watchdog makes up for wrong guesses.
    pub(crate) is_watched: bool,
    /// Starts the watchdog's thread, if the last worker is to do that.
    pub(crate) start_watchdog: Option<StartWatchdog>,
    pub(crate) cadence: Cadence,
    /// Determines how near cores are to each other; called only if needed.
    pub(crate) topology: fn() -> Topology,
    pub(crate) on_sleep: SleepHooks,
    pub(crate) flavor: Flavor,
    pub(crate) extension: Option<Extension>,
    /// The watchdog's log of stalls, whose type belongs to a layer above. It is kept here so that a
    /// handle is a single reference.
    pub(crate) stall_log: Arc<dyn Any + Send + Sync>,
    pub(crate) companion: Option<Arc<dyn Companion>>,
}

/// Where a runtime's tasks run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// On its workers.
    MultiThread,
    /// On the thread that is in `block_on`.
    CurrentThread,
    /// On this thread, while it is in `block_on`; the tasks are dropped there, too.
    Local(ThreadId),
}

impl Flavor {
    pub(crate) fn is_current_thread(self) -> bool {
        self != Self::MultiThread
    }

    /// Returns whether tasks may be dropped on any thread.
    pub(crate) fn may_end_anywhere(self) -> bool {
        !matches!(self, Self::Local(_))
    }

    pub(crate) fn is_local(self) -> bool {
        matches!(self, Self::Local(_))
    }

    /// Returns whether tasks may hold values that must stay on the calling thread.
    pub(crate) fn is_local_here(self) -> bool {
        matches!(self, Self::Local(owner) if thread::current().id() == owner)
    }

    /// Returns whether the tasks may run on the calling thread.
    pub(crate) fn may_run_here(self) -> bool {
        self == Self::CurrentThread || self.is_local_here()
    }
}

/// A value that an embedder attaches to a runtime.
pub(crate) type Extension = Arc<dyn Any + Send + Sync>;

pub(crate) type Hook = Arc<dyn Fn() + Send + Sync>;

/// The hooks that workers call before and after they sleep.
#[derive(Clone, Default)]
pub(crate) struct SleepHooks {
    pub(crate) before: Option<Hook>,
    pub(crate) after: Option<Hook>,
}

impl SleepHooks {
    pub(crate) fn is_empty(&self) -> bool {
        self.before.is_none() && self.after.is_none()
    }
}

pub(crate) fn run_hook(hook: Option<&Hook>) {
    if let Some(hook) = hook {
        // The thread has other work to do, so a panic of the hook is contained.
        panics::contain(|| hook());
    }
}
