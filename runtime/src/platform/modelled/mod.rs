//! loom's models: a poller that loom can run, and an alarm that has no time.

mod poller;

pub(crate) use super::portable::{AlarmClock, ForkDetector, OwnThread, ThreadWatch};
pub(crate) use poller::{Events, Poller};
