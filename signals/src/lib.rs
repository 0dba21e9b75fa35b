//! Unix signals as awaitable streams on the heist runtime. Users reach this crate as
//! `heist::signal`.
//!
//! [`signal`] listens for one kind of signal, [`ctrl_c`] waits for an interrupt. On other platforms
//! than Unix there is nothing here yet.
//!
//! In the signal handler itself `signal-hook` does the one thing that is safe there: it writes a
//! byte to the socket of every listener. The rest happens in the tasks that listen, woken by the
//! runtime's driver; there is no thread of its own.
//!
//! ```
//! use heist::signal::{SignalKind, signal};
//!
//! #[heist::main]
//! async fn main() -> std::io::Result<()> {
//!     let mut hangups = signal(SignalKind::hangup())?;
//!     # signal_hook::low_level::raise(SignalKind::hangup().as_raw_value())?;
//!     while let Some(()) = hangups.recv().await {
//!         println!("reading the configuration again");
//!         # return Ok(());
//!     }
//!     Ok(())
//! }
//! ```

#[cfg(unix)]
mod kind;
#[cfg(unix)]
mod listener;

#[cfg(unix)]
pub use crate::kind::SignalKind;
#[cfg(unix)]
pub use crate::listener::{Signal, ctrl_c, signal};
