//! Utilities for futures: those of `futures-lite`.
//!
//! [`select!`](crate::select) and [`join!`](crate::join) combine several futures; the functions
//! here combine two, and return a future with a nameable type.
//!
//! ```
//! use heist::future::FutureExt;
//! use heist::time::{Duration, sleep};
//!
//! # #[heist::main]
//! # async fn main() {
//! let late = async {
//!     sleep(Duration::from_secs(60)).await;
//!     "late"
//! };
//! assert_eq!(late.or(async { "at once" }).await, "at once");
//! # }
//! ```
#[doc(no_inline)]
pub use futures_lite::future::{
    Boxed, BoxedLocal, CatchUnwind, Fuse, Future, FutureExt, Or, Pending, PollFn, PollOnce, Race,
    Ready, TryZip, Zip, fuse, or, pending, poll_fn, poll_once, race, ready, try_zip, zip,
};
