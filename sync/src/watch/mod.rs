//! A value with many observers: receivers see the latest value, and are notified of changes.
//!
//! A value that no receiver reads in time is replaced by the next. Works under any executor.
//!
//! A blocking lock guards the value: a [`Ref`] holds up senders, and receivers behind a waiting
//! sender. Keep it for a short time, and never across an `.await`.
//!
//! # Examples
//!
//! ```
//! use heist::sync::watch;
//!
//! # #[heist::main]
//! # async fn main() {
//! let (sender, mut receiver) = watch::channel("starting");
//! let watching = heist::spawn(async move {
//!     while receiver.changed().await.is_ok() {
//!         println!("{}", *receiver.borrow_and_update());
//!     }
//! });
//! sender.send("running").unwrap();
//! drop(sender);
//! watching.await.unwrap();
//! # }
//! ```

pub mod error;
mod receiver;
mod sender;
mod shared;

pub use receiver::Receiver;
pub use sender::{Sender, channel};
pub use shared::Ref;
