//! The macros, and what they expand to. Those of attributes are in the crate `tokio-macros`.

#[macro_use]
mod pin;

#[cfg(feature = "macros")]
#[macro_use]
mod select;
#[cfg(feature = "macros")]
#[macro_use]
mod join;
#[cfg(feature = "macros")]
#[macro_use]
mod try_join;

#[cfg(feature = "macros")]
mod either;
#[cfg(feature = "macros")]
mod maybe_done;
#[cfg(feature = "macros")]
mod turns;

#[doc(hidden)]
pub mod support;
