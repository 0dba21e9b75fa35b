//! Signals as awaitable streams on the heist runtime.
//!
//! `heist::signal` re-exports all of this, and its page says what to use when.

#![deny(clippy::disallowed_methods)]

mod kind;
mod listener;
#[cfg(unix)]
#[path = "unix/mod.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;
#[cfg(all(test, unix))]
mod race_tests;
mod shutdown;
mod slot;

#[cfg(unix)]
#[doc(hidden)]
pub mod unix {
    //! Names known from tokio. The compiler warns of deprecated items, not of modules.
    #[deprecated(note = "write `heist::signal::Signal`")]
    pub type Signal = crate::Signal;
    #[deprecated(note = "write `heist::signal::SignalKind`")]
    pub type SignalKind = crate::SignalKind;

    #[deprecated(note = "write `heist::signal::signal`")]
    pub fn signal(kind: crate::SignalKind) -> std::io::Result<crate::Signal> {
        crate::signal(kind)
    }
}

pub use crate::kind::SignalKind;
pub use crate::listener::{Signal, Signals, ctrl_c, signal};
#[cfg(unix)]
pub use crate::platform::{Cause, Origin, Process, SignalsWithOrigin, raise_default};
pub use crate::shutdown::{Reload, Shutdown, ShutdownRequest, reload, shutdown};
pub use crate::slot::{Disposition, set_unhandled};
