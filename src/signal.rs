//! Signals: requests to end and to reload, Ctrl-C, and any other.
//!
//! | to | use |
//! | --- | --- |
//! | end when the service manager or the user asks for it | [`shutdown`]: SIGTERM or SIGINT, and then the second one |
//! | read the configuration again | [`reload`]: SIGHUP |
//! | end a program at a terminal | [`ctrl_c`] |
//! | receive one kind of signal, as often as it comes | [`signal()`] |
//! | receive several kinds | [`Signals`] |
//! | know who sent it | `SignalsWithOrigin` (on Unix) |
//! | decide what a signal does while nobody listens | [`when_unheard`] |
//! | do what it does by default, as die by it | `raise_default` (on Unix) |
//!
//! Most servers give [`shutdown`] to `heist::net::serve` and need no more of this.
//!
//! ```
//! use heist::signal::{SignalKind, signal};
//!
//! #[heist::main]
//! async fn main() -> std::io::Result<()> {
//!     let mut hangups = signal(SignalKind::hangup())?;
//!     # let me = std::process::id().to_string();
//!     # std::process::Command::new("kill").args(["-HUP", &me]).status()?;
//!     while let Some(()) = hangups.recv().await {
//!         println!("reading the configuration again");
//!         # return Ok(());
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What is certain
//!
//! **After a signal was raised, each listener that there was receives at least one.** A listener
//! that is made later does not, as with tokio. Not more than one is certain, because the system
//! merges: while a signal of a kind waits to be delivered, more of that kind are
//! forgotten. (Real-time signals are not merged by the system.) What the system does deliver is
//! counted, and each listener receives it as often, however late it asks.
//!
//! A signal that arrives while nobody listens does what it did before anybody listened: when the
//! last listener is gone, Ctrl-C ends the program again. Signals that have arrived and that the
//! listener had not received when it was dropped are forgotten.
//!
//! # How it works
//!
//! In the signal handler two things happen: the signal is counted, and a byte is written to a pipe.
//! There is one pipe for the whole process. It is a source in the driver of each runtime that
//! listens; there is no thread for it and no task. Listeners cost no file descriptors, so there may
//! be one in every task.
//!
//! The handler is installed by `signal-hook`. It gets along with other handlers that are installed
//! by it or were there before, and it stays, to take the default action itself while nobody
//! listens. Two things it cannot know. If other code catches the same signal later than heist,
//! tell [`when_unheard`] to swallow it, or it will end the program when heist's last listener goes.
//! And other code that sets an action for the signal, going past `signal-hook`, takes it away from
//! here.
//!
//! # Threads, `fork` and `exec`
//!
//! A signal to the process is delivered to any one thread that does not block it. heist blocks
//! none, and a thread that is started inherits the signal mask of the one that starts it: a program
//! that wants to keep signals off its threads blocks them before it makes the runtime, on one
//! thread less.
//!
//! A program that is started by `exec`, as by `std::process::Command`, has default actions for all
//! signals listened for here. A child that is forked and goes on without `exec` does not have its
//! parent's runtime, and must not use this crate; a signal it gets is counted there, and wakes the
//! parent for nothing.
//!
//! # Windows
//!
//! Windows has Ctrl-C, which is [`SignalKind::interrupt`], and Ctrl-Break. [`ctrl_c`],
//! [`shutdown`], [`signal()`] and [`Signals`] serve them; other kinds are refused by an error.

pub use heist_signals::*;
