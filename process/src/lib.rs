//! Child processes on the heist runtime.
//!
//! `heist::process` re-exports all of this, and its page says what to use when, and how it waits.
//!
//! # Why not async-process
//!
//! async-process does nearly all of this for any runtime. heist does not use it because it waits on
//! async-io's reactor, a second poller with a thread of its own: every event of a child would take
//! two more thread switches, outside heist's fairness and shutdown, and its children are reaped by
//! yet another thread that never ends.
//!
//! # Why a thread for orphans
//!
//! tokio keeps orphans in a list that its drivers check after a `SIGCHLD`. Orphans therefore wait
//! until a runtime is running and not blocked; and every program that drops a child gets a handler
//! for `SIGCHLD`. A sleeping thread that exists only while there are orphans costs less.

#![deny(clippy::disallowed_methods)]
#![cfg_attr(heist_docs, feature(doc_cfg))]

mod child;
mod command;
mod stdio;

pub use crate::child::Child;
pub use crate::command::Command;
pub use crate::stdio::{ChildStderr, ChildStdin, ChildStdout};
