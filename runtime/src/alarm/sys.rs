//! The clock behind the alarm: one that any thread may set, and set later again.
//!
//! `timerfd` lets the system keep the time, so that an alarm that is put off again and again costs
//! no wake-up. `portable` keeps it in memory: a sleeper wakes at the first time it was told, and
//! then learns that it has been put off. What a platform must provide:
//!
//! - `AlarmClock::new() -> io::Result<Self>`;
//! - `set(&self, after: Duration)`: it rings after so long, in place of whenever it would have. From
//!   any thread, without waiting;
//! - `wait(&self)`: sleeps until it rings, if it has not rung already. One thread at a time.
//!
//! Invariant: a wait ends no later than the clock was last set to ring.

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(any(heist_portable_driver, loom))
))]
mod timerfd;
#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(any(heist_portable_driver, loom))
))]
pub(super) use timerfd::AlarmClock;

#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    not(any(heist_portable_driver, loom))
)))]
mod portable;
#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    not(any(heist_portable_driver, loom))
)))]
pub(super) use portable::AlarmClock;
