//! A channel with many senders and many receivers, each of which gets every value.
//!
//! It holds `capacity` values, rounded up to a power of two. Senders never wait: a value that does
//! not fit replaces the oldest, and a receiver that has not received that one yet has *lagged*. It
//! gets an error with the number of lost values, and continues with the oldest one left. A value is
//! dropped when all receivers have received it. Works under any executor.
//!
//! # Examples
//!
//! ```
//! use heist::sync::broadcast::{self, error::RecvError};
//!
//! # #[heist::main]
//! # async fn main() {
//! let (sender, mut one) = broadcast::channel(16);
//! let mut other = sender.subscribe();
//! sender.send("hello").unwrap();
//! drop(sender);
//! for receiver in [&mut one, &mut other] {
//!     assert_eq!(receiver.recv().await, Ok("hello"));
//!     assert_eq!(receiver.recv().await, Err(RecvError::Closed));
//! }
//! # }
//! ```

pub mod error;
mod receiver;
mod recv;
mod sender;
mod shared;

pub use receiver::Receiver;
pub use sender::{Sender, WeakSender, channel};
