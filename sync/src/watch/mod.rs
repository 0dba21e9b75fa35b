//! A value that many watch: receivers see the latest, and hear when it changes.
//!
//! What is sent while nobody looks is replaced by what is sent after it. Works under any executor.
//!
//! The value is under a lock of the blocking kind: a [`Ref`] holds up senders, and other receivers
//! behind a sender that waits. Keep it for short, and never across an `.await`.
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
