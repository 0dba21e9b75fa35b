//! Child processes on the heist runtime.
//!
//! `heist::process` shows all of this, and its page says what to use when, and how it waits.
//!
//! # Instead of async-process
//!
//! async-process does nearly all of this for any runtime. heist does not use it because it waits on
//! async-io's reactor, which is a second poller with a thread of its own: every event of a child's
//! would take two threads' switches more, outside of heist's fairness and shutdown, and its
//! children are reaped by yet another thread that never ends.
//!
//! # The thread of orphans instead of the driver
//!
//! tokio keeps orphans in a list that its drivers look through after a `SIGCHLD`. So they wait for
//! a runtime to be running, and for one that is not blocked; and a handler for `SIGCHLD` is
//! installed in every program that drops a child. A sleeping thread, and only while there are
//! orphans, costs less than it explains.

#![deny(clippy::disallowed_methods)]
#![cfg_attr(heist_docs, feature(doc_cfg))]

mod child;
mod command;
mod stdio;

pub use crate::child::Child;
pub use crate::command::Command;
pub use crate::stdio::{ChildStderr, ChildStdin, ChildStdout};
