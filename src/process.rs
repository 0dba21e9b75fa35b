//! Child processes: starting them, communicating with them, awaiting their end.
//!
//! | to | use |
//! | --- | --- |
//! | describe what to run | [`Command`], like std's |
//! | run it and get its output | [`Command::output`] |
//! | run it and get its exit status | [`Command::status`] |
//! | communicate with it while it runs | [`Command::spawn`], and its [`ChildStdin`], [`ChildStdout`], [`ChildStderr`] |
//! | await its end, or kill it | [`Child::wait`], [`Child::kill`] |
//!
//! Names and semantics are tokio's. std's own `Command` suffices for a child whose end is not
//! awaited; its `output` and `wait` block the calling task.
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
//! One child's output as the next one's input, as in a shell's `echo hello | tr a-z A-Z`:
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
//! waits for it. A [`Child`] that is dropped before its end was seen leaves no zombie: if it has
//! ended, the drop itself reaps it; for the others a thread waits, `heist-orphans`, which lives as
//! long as there are any. It needs no runtime, so it also reaps children that a runtime dropped as
//! it shut down. The only limit is the system's: each child takes a descriptor while the thread
//! waits for it.
//!
//! A child continues when its [`Child`] is dropped, unless [`kill_on_drop`](Command::kill_on_drop)
//! was set; and when this program ends, in any case.
//!
//! # How it waits
//!
//! - On Linux by a pidfd, a descriptor that the runtime's driver watches like a socket. The first
//!   wait that finds the child running opens it: a child that is never waited for takes none.
//! - Where pidfds are not supported (Linux before 5.3, other Unixes) by `SIGCHLD`: each wait
//!   listens for it, and then checks its own child. Orphans are checked now and then, finally once
//!   a second.
//! - Where neither is possible, for example because no descriptor is left, by the clock: the child
//!   is checked after a millisecond, and then at longer and longer intervals, finally once a
//!   second.
//! - On Windows by a callback from the system. Pipes have no readiness there: they are read and
//!   written on threads of the crate `blocking`, up to 500 at a time.
//!
//! In a program that ignores `SIGCHLD` the system reaps the children: waiting for them fails. The
//! same happens if other code in the program waits for any child at all, by `wait(-1)`.

pub use heist_process::*;
