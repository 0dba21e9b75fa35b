//! heist is an async runtime for servers that **one bad task cannot stop**. A task that blocks its
//! thread (a long computation, a lock, a synchronous name lookup) delays only itself; other tasks,
//! timers and sockets continue, and the task is reported. Names and semantics are those of tokio
//! and std where they have them.
//!
//! ```no_run
//! use heist::net::{TcpListener, serve};
//!
//! #[heist::main]
//! async fn main() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:7000").await?;
//!     // Each connection has a task of its own, until Ctrl-C.
//!     let report = serve(listener, |mut stream, _peer| async move {
//!         let (mut reader, mut writer) = stream.split();
//!         heist::net::copy(&mut reader, &mut writer).await
//!     })
//!     .until(heist::signal::ctrl_c())
//!     .await?;
//!     println!("{report}");
//!     Ok(())
//! }
//! ```
//!
#![cfg_attr(
    any(doc, doctest),
    doc = "New to async Rust? Start with the [`guide`].\n"
)]
//! # How to depend on it
//!
//! heist is not released yet. Depend on it by the repository's address, or by path:
//!
//! ```toml
//! [dependencies]
//! heist = { git = "…/heist" }            # or: { path = "…/heist" }
//! ```
//!
//! # What is where
//!
//! | module | contains | use it when |
//! | --- | --- | --- |
//! | the crate itself | [`main`](macro@main), [`test`](macro@test), [`spawn`], [`spawn_blocking`], [`select!`], [`join!`] | in every program |
//! | [`task`] | handles, groups, cancellation, blocking in place, tasks that are not `Send` | several things happen at once |
//! | [`net`] | TCP, UDP, Unix sockets and pipes, [`serve`](net::serve()), [`copy`](net::copy()) | the program uses the network |
//! | [`io`] | the traits of readers and writers, their methods, buffers, any other descriptor | you read or write a stream |
//! | [`time`] | [`sleep`](time::sleep), [`timeout`](time::timeout), [`interval`](time::interval()), the paused clock | something depends on time |
//! | [`stream`], [`future`] | utilities for streams and futures: those of `futures-lite` | you process a series of values, or combine futures |
//! | [`sync`] | channels, locks, semaphores | tasks communicate or share data |
//! | [`signal`] | Ctrl-C, [`shutdown`](signal::shutdown), [`reload`](signal::reload), any signal | the program is a service |
//! | [`runtime`] | settings, [`Handle`](runtime::Handle), metrics, stalls, the table of all tasks | `#[heist::main]` is not enough, or you want to observe the program |
#![cfg_attr(
    feature = "io",
    doc = "| [`fs`] | files, without blocking a worker | you read or write files |"
)]
#![cfg_attr(
    feature = "process",
    doc = "| [`process`] | child processes | you run another program |"
)]
#![cfg_attr(
    feature = "hyper",
    doc = "| [`hyper`] | hyper's executor and timer | you use HTTP with hyper 1 |"
)]
#![cfg_attr(
    feature = "axum",
    doc = "| [`axum`] | a server for axum's applications | you use HTTP with axum 0.8 |"
)]
#![cfg_attr(
    feature = "tokio",
    doc = "| [`tokio`] | a tokio runtime beside heist's | a library needs tokio's runtime |"
)]
#![cfg_attr(
    feature = "quinn",
    doc = "| [`quinn`] | quinn's runtime | you use QUIC with quinn 0.11 |"
)]
//!
//! # Features
//!
//! None is enabled by default: the default build stays small.
//!
//! | feature | adds |
//! | --- | --- |
//! | `io` | `heist::fs`; in [`io`]: standard input and output, `duplex`, numbers, `SyncIoBridge` |
//! | `process` | `heist::process`: child processes |
//! | `test-util` | a clock that tests can pause: `time::pause`, `advance`, `resume`, `Builder::start_paused` |
//! | `tracing` | reports go to the program's `tracing` subscriber instead of standard error |
//! | `hyper` | hyper's I/O traits on all streams; `heist::hyper` |
//! | `hyper-server`, `hyper-client` | `heist::hyper::serve`, with graceful shutdown; a connector for hyper-util's client |
//! | `axum` | `heist::axum::serve`: axum's applications, without tokio's runtime |
//! | `tokio` | `heist::tokio`: a real tokio runtime beside heist's, for libraries that need one |
//! | `tokio-io` | tokio's `AsyncRead` and `AsyncWrite` on all streams, for libraries that need them |
//! | `quinn` | `heist::quinn`: QUIC on heist's sockets, timers and tasks |
//! | `udp-batch` | `net::udp::batch`: many datagrams for one system call |
//! | `socket-activation` | `net::Inherited`: sockets handed over by systemd |
//!
//! Programs and libraries written for tokio run on heist unchanged, by a patch: see `docs/TOKIO.md`
//! in the repository.
//!
//! # What it does not do
//!
//! - A task that blocks still delays itself, and everything it polls within the same task, for
//!   example in a join.
//! - Tasks share the process: heist divides time among tasks, but not memory, nor the locks that a
//!   task holds.
//! - Rust 1.85 is required. Linux is where it is developed, tested and fast; other Unixes and
//!   Windows use a portable implementation.

#![cfg_attr(heist_docs, feature(doc_cfg))]
// Features of other crates, and cfgs that users do not set.
#![cfg_attr(
    heist_docs,
    allow(unexpected_cfgs),
    doc(auto_cfg(hide(feature = "alloc", feature = "std", feature = "race", loom)))
)]

pub mod future;
#[cfg(any(doc, doctest))]
pub mod guide;
pub mod io;
pub mod net;
#[cfg(doctest)]
mod pages;
#[cfg(feature = "process")]
pub mod process;
pub mod signal;
pub mod stream;
pub mod sync;

#[cfg(feature = "io")]
pub use heist_io::fs;
pub use heist_macros::{main, test};
#[cfg(feature = "axum")]
#[doc(inline)]
pub use heist_net::elsewhere::axum;
#[cfg(feature = "hyper")]
#[doc(inline)]
pub use heist_net::elsewhere::hyper;
#[cfg(feature = "quinn")]
#[doc(inline)]
pub use heist_net::elsewhere::quinn;
pub use heist_runtime::{
    join, pin, runtime, select, spawn, spawn_blocking, spawn_try, task, task_local, time, try_join,
};
#[cfg(feature = "tokio")]
#[doc(inline)]
pub use heist_tokio as tokio;
