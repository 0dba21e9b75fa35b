//! `select!`, `join!`, `try_join!`, `pin!`, and what they expand to.
//!
//! Everything runs in the task that contains the macro. The package `tokio` has the same macros.

mod async_write;
mod pin;

#[cfg(feature = "macros")]
mod join;
#[cfg(feature = "macros")]
mod select;
#[cfg(feature = "macros")]
mod try_join;

#[cfg(feature = "macros")]
mod either;
#[cfg(feature = "macros")]
mod maybe_done;
#[cfg(feature = "macros")]
mod turns;

#[doc(hidden)]
pub mod support;
