//! Linux: epoll, `timerfd`, `/proc`, the clocks and masks of threads.

mod alarm_clock;
mod fork_detector;
mod own_thread;
mod poller;
mod thread_watch;

pub(crate) use alarm_clock::AlarmClock;
pub(crate) use fork_detector::ForkDetector;
pub(crate) use own_thread::OwnThread;
pub(crate) use poller::{Events, Poller};
pub(crate) use thread_watch::ThreadWatch;
