//! The server loop: accepts, serves each connection in a task of its own, and ends in order.
//!
//! [`serve`] makes a [`Serve`] (`builder`), which is set up and awaited. The future that then runs
//! (`serving`) is one task's; the connections' tasks report to it through a shared set
//! (`connections`). The invariant: every connection accepted is counted once, as completed, failed,
//! panicked or cancelled, however it ends.

mod accept_error;
mod builder;
mod connections;
mod default_report;
mod listener;
mod outcome;
mod report;
mod serving;

pub use builder::{Serve, serve};
pub use listener::Listener;
pub use outcome::{Cause, Failure, Outcome};
pub use report::{Report, ServeError, Stats};
pub use serving::Serving;
