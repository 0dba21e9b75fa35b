//! Awaiting the end of child processes on the heist runtime.
//!
//! For heist's own packages: `heist-process`, and the one named `tokio`, which must not depend on
//! what can depend on `tokio`. What users see is there.

#![deny(clippy::disallowed_methods)]

mod exit;
#[cfg(unix)]
mod orphans;
mod process;

#[cfg(unix)]
pub use orphans::tend;
pub use process::Process;
