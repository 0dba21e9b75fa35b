//! The server loop: accepts, serves each connection in a task of its own, and shuts down
//! gracefully.
//!
//! [`serve`] returns a [`Serve`], which is set up and awaited, and yields a [`Report`] when it has
//! ended. The report counts every accepted connection once, as completed, failed, panicked or
//! cancelled.

// The running future (`serving`) belongs to one task; the connections' tasks report to it through a
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
