//! What std and small libraries can do on any platform. A new platform starts from a copy of this.

mod alarm_clock;
mod home;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod own_thread;
mod thread_watch;

pub(crate) use alarm_clock::AlarmClock;
pub(crate) use home::Home;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use own_thread::OwnThread;
pub(crate) use thread_watch::ThreadWatch;
