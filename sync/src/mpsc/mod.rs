//! Channels with many senders and one receiver.
//!
//! [`channel`] creates one that holds up to a number of values: senders wait for a slow receiver,
//! and get their slots in order of arrival. [`unbounded_channel`] creates one that holds as many
//! values as fit in memory; its senders never wait. Values are received in the order in which they
//! were sent. Both work under any executor, and between async and blocking code.
//!
//! The channel ends when all senders are gone, or the receiver is gone or has closed it. Values
//! sent before a [`close`](Receiver::close) are still received; values left when the receiver is
//! dropped are dropped too.
//!
//! # Examples
//!
//! ```
//! use heist::sync::mpsc;
//!
//! # #[heist::main]
//! # async fn main() {
//! let (sender, mut receiver) = mpsc::channel(100);
//! heist::spawn(async move {
//!     for n in 0..10 {
//!         if sender.send(n).await.is_err() {
//!             return; // the receiver is gone
//!         }
//!     }
//! });
//! let mut sum = 0;
//! while let Some(n) = receiver.recv().await {
//!     sum += n;
//! }
//! assert_eq!(sum, 45);
//! # }
//! ```

mod chan;
pub mod error;
mod handles;
mod permit;
mod receiver;
mod sender;
mod unbounded;

pub use permit::{OwnedPermit, Permit, PermitIterator};
pub use receiver::Receiver;
pub use sender::{Sender, WeakSender, channel};
pub use unbounded::{UnboundedReceiver, UnboundedSender, WeakUnboundedSender, unbounded_channel};
