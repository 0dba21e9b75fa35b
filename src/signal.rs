//! Signals: requests to stop and to reload, Ctrl-C, and any other.
//!
//! | to | use |
//! | --- | --- |
//! | stop when the service manager or the user requests it | [`shutdown`]: SIGTERM or SIGINT, and then the second one |
//! | reload the configuration | [`reload`]: SIGHUP |
//! | end a program at a terminal | [`ctrl_c`] |
//! | receive one kind of signal repeatedly | [`signal()`] |
//! | receive several kinds | [`Signals`] |
//! | find out the sender | `SignalsWithOrigin` (on Unix) |
//! | set a signal's disposition while there is no listener | [`set_unhandled`] |
//! | take a signal's default action, for example die by it | `raise_default` (on Unix) |
//!
//! Most servers pass [`shutdown`] to `heist::net::serve` and need nothing else here.
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
//! **After a signal was raised, each listener that existed then receives at least one.** A listener
//! created later does not, as with tokio. More than one is not guaranteed, because the system
//! merges signals: while a signal of a kind waits to be delivered, further ones of that kind are
//! dropped. (The system does not merge real-time signals.) Delivered signals are counted, and each
//! listener receives all of them, however late.
//!
//! A signal that arrives while there is no listener has its previous action: when the last listener
//! is gone, Ctrl-C ends the program again. Signals that a listener had not received when it was
//! dropped are lost.
//!
//! # How it works
//!
//! The signal handler does two things: it counts the signal, and writes a byte to a pipe. There is
//! one pipe for the whole process. It is a source in the driver of each runtime that listens; there
//! is no thread for it and no task. Listeners take no file descriptors, so every task may have one.
//!
//! `signal-hook` installs the handler. It coexists with other handlers that were installed by it or
//! existed before, and it stays installed, to take the default action itself while there is no
//! listener. There are two limits. If other code installs a handler for the same signal later than
//! heist, call [`set_unhandled`] with `Disposition::Ignore`, or the signal ends the program once
//! heist's last listener is gone. And other code that sets an action for the signal without
//! `signal-hook` replaces this handler.
//!
//! # Threads, `fork` and `exec`
//!
//! A signal to the process is delivered to any one thread that does not block it. heist blocks
//! none, and a new thread inherits the signal mask of the thread that starts it: a program that
//! wants to keep signals off its threads blocks them before it creates the runtime, on all threads
//! but one.
//!
//! A program started by `exec`, for example by `std::process::Command`, has the default actions of
//! all signals listened for here. A forked child that continues without `exec` does not have its
//! parent's runtime, and must not use this crate; a signal it receives is counted there, and wakes
//! the parent for nothing.
//!
//! # Windows
//!
//! Windows has Ctrl-C, which is [`SignalKind::interrupt`], and Ctrl-Break. [`ctrl_c`],
//! [`shutdown`], [`signal()`] and [`Signals`] support them; other kinds return an error.

pub use heist_signals::*;
