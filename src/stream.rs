//! Utilities for streams, asynchronous sequences of values: those of `futures-lite`.
//!
//! [`StreamExt`] has the methods for every [`Stream`]: the lines of a reader, the incoming
//! connections of a listener, the ticks of an [`IntervalStream`](crate::time::IntervalStream).
//! [`poll_fn`] turns the receivers of channels into streams.
//!
//! ```
//! use heist::io::{AsyncBufReadExt, BufReader};
//! use heist::stream::{self, StreamExt};
//!
//! # #[heist::main]
//! # async fn main() -> std::io::Result<()> {
//! let mut lines = BufReader::new(&b"one\ntwo\n"[..]).lines();
//! while let Some(line) = lines.next().await {
//!     println!("{}", line?);
//! }
//!
//! let (sender, mut receiver) = heist::sync::mpsc::channel(8);
//! heist::spawn(async move {
//!     for n in 1..=4 {
//!         sender.send(n).await.unwrap();
//!     }
//! });
//! let numbers = stream::poll_fn(move |cx| receiver.poll_recv(cx));
//! let even: Vec<u32> = numbers.filter(|n| n % 2 == 0).collect().await;
//! assert_eq!(even, [2, 4]);
//! # Ok(())
//! # }
//! ```
#[doc(no_inline)]
pub use futures_lite::stream::{
    Boxed, BoxedLocal, Empty, Iter, Once, OnceFuture, Or, Pending, PollFn, Race, Repeat,
    RepeatWith, StopAfterFuture, Stream, StreamExt, TryUnfold, Unfold, empty, iter, once,
    once_future, or, pending, poll_fn, race, repeat, repeat_with, stop_after_future, try_unfold,
    unfold,
};
