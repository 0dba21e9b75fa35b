//! The server loop: accepts, serves each connection in a task of its own, and ends in order.
//!
//! [`serve`] makes a [`Serve`], which is set up and awaited, and gives a [`Report`] when it has
//! ended. Every connection accepted is counted there once, as completed, failed, panicked or
//! cancelled, however it ends.

// The future that runs (`serving`) is one task's; the connections' tasks report to it through a
// shared set (`connections`).

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
