//! The items that the macros' expansions use.

#[cfg(feature = "macros")]
pub use super::{
    either::{Either, NoneLeft},
    maybe_done::{all, maybe_done, until_one_fails},
    turns::{InOrder, InTurn, Turns},
};
#[cfg(feature = "macros")]
pub use heist_macros::select_priv_clean_pattern;
pub use std::future::{Future, IntoFuture, poll_fn};
pub use std::option::Option;
pub use std::pin::{Pin, pin};
pub use std::task::{Context, Poll, ready};

/// Returns a number below `n`, for the branch that `select!` polls first.
#[cfg(feature = "macros")]
pub fn thread_rng_n(n: u32) -> u32 {
    fastrand::u32(..n)
}

/// Returns `Ready` if the task has budget left; otherwise wakes it.
#[cfg(feature = "macros")]
#[inline]
pub fn poll_budget_available(cx: &mut Context<'_>) -> Poll<()> {
    // Dropping the unit gives it back.
    crate::task::poll_proceed(cx).map(drop)
}
