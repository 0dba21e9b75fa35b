//! Child processes: starting them, talking to them, awaiting their end.
//!
//! | to | use |
//! | --- | --- |
//! | say what to run | [`Command`], as std's |
//! | run it and have what it prints | [`Command::output`] |
//! | run it and know how it ended | [`Command::status`] |
//! | talk to it while it runs | [`Command::spawn`], and its [`ChildStdin`], [`ChildStdout`], [`ChildStderr`] |
//! | await its end, or kill it | [`Child::wait`], [`Child::kill`] |
//!
//! Names and meanings are tokio's. std's own `Command` would do for a child whose end nobody
//! awaits; its `output` and `wait` block the task that calls them.
//!
//! ```
//! use heist::process::Command;
//!
//! #[heist::main]
//! async fn main() -> std::io::Result<()> {
//!     let output = Command::new("echo").arg("hello").output().await?;
//!     assert_eq!(output.stdout, b"hello\n");
//!
//!     let mut child = Command::new("sleep").arg("0.01").spawn()?;
//!     let status = child.wait().await?;
//!     println!("sleep: {status}");
//!     Ok(())
//! }
//! ```
//!
//! One child's output as the next one's input, as a shell's `echo hello | tr a-z A-Z`:
//!
//! ```
//! use heist::process::Command;
//! use std::process::Stdio;
//!
//! # #[heist::main]
//! # async fn main() -> std::io::Result<()> {
//! let mut echo = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
//! let pipe: Stdio = echo.stdout.take().expect("it is piped").try_into()?;
//! let shouted = Command::new("tr").args(["a-z", "A-Z"]).stdin(pipe).output().await?;
//! assert_eq!(shouted.stdout, b"HELLO\n");
//! assert!(echo.wait().await?.success());
//! # Ok(())
//! # }
//! ```
//!
//! # Children that nobody waits for
//!
//! On Unix a process that has ended remains in the system's table, as a zombie, until its parent
//! waits for it. A [`Child`] that is dropped before its end was seen leaves none: one that has
//! ended is reaped by the drop itself; for the others a thread waits, `heist-orphans`, which lives
//! as long as there are any. It needs no runtime, so children are reaped, too, that were dropped by
//! a runtime as it shut down. No limit is set but the system's: each takes a descriptor while the
//! thread waits for it.
//!
//! A child runs on when its [`Child`] is dropped, unless
//! [`kill_on_drop`](Command::kill_on_drop) was set; and when this program ends, in any case.
//!
//! # How it waits
//!
//! - On Linux by a pidfd, a descriptor that the runtime's driver watches like a socket. It is
//!   opened by the first wait that finds the child running: a child that nobody waits for takes
//!   none.
//! - Where the system has none (Linux before 5.3, other Unixes) by `SIGCHLD`: each wait listens for
//!   it, and looks at its own child when it comes. Orphans are looked at now and then,
//!   once a second in the end.
//! - Where neither can be had, as when no descriptor is left, by the clock: the child is looked at
//!   after a millisecond, and ever more rarely, once a second in the end.
//! - On Windows by a callback from the system. Pipes have no readiness there, so they are read and
//!   written on threads of the crate `blocking`, up to 500 at a time.
//!
//! A program that ignores `SIGCHLD` has its children reaped by the system: their waits give errors.
//! The same happens if something else in the program waits for any child at all, by `wait(-1)`.

pub use heist_process::*;
