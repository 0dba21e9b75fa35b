//! Awaiting the end of child processes on the heist runtime.
//!
//! For heist's own packages: `heist-process`, and the one named `tokio`, which must not depend on
//! packages that can depend on `tokio`. Those packages have the public interface.

#![deny(clippy::disallowed_methods)]

mod exit;
#[cfg(unix)]
mod orphans;
mod process;

#[cfg(unix)]
pub use orphans::ensure_started;
pub use process::Process;
