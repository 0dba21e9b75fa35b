//! tokio's interface on the heist runtime, as a replacement for tokio in a whole program:
//!
//! ```toml
//! [patch.crates-io]
//! tokio = { git = "…", package = "tokio" }
//! ```
//!
//! Each public name has the same meaning as in [tokio](https://docs.rs/tokio/1.54.1), whose
//! documentation is the reference. heist's own features remain available beside it.
//!
//! `docs/TOKIO_CONFORMANCE.md` lists which of tokio's own tests pass, and why the others do not;
//! `docs/TOKIO.md` describes how to use the package.

#![deny(clippy::disallowed_methods)]

// Some of it is unused unless all features are enabled.
#[cfg_attr(not(feature = "full"), allow(dead_code))]
mod context;
#[cfg(any(feature = "net", feature = "process"))]
#[cfg_attr(not(feature = "full"), allow(dead_code))]
#[macro_use]
mod evented;
#[cfg(feature = "fs")]
pub mod fs;
pub mod io;
#[cfg(feature = "net")]
#[macro_use]
pub mod net;
#[cfg(feature = "process")]
pub mod process;
#[cfg(feature = "rt")]
pub mod runtime;
#[cfg(not(feature = "rt"))]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod runtime;
#[cfg(feature = "signal")]
pub mod signal;
#[cfg(feature = "sync")]
pub mod sync;
#[cfg(feature = "rt")]
pub mod task;
#[cfg(not(feature = "rt"))]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod task;
#[cfg(feature = "time")]
pub mod time;

/// The runtime itself, for its features beyond tokio's interface. It is the same runtime: tasks
/// spawned through either interface run on it.
pub use heist_runtime as heist;

#[cfg(feature = "rt")]
pub use heist_runtime::task_local;
#[cfg(feature = "rt")]
pub use task::spawn;

// tokio's path to the expansion of its macros, which other crates also use.
#[doc(hidden)]
pub use heist_runtime::macros;
pub use heist_runtime::pin;
#[cfg(feature = "macros")]
pub use heist_runtime::{join, select, try_join};
#[cfg(all(feature = "macros", feature = "rt-multi-thread"))]
pub use tokio_macros::{main, test};
#[cfg(all(feature = "macros", not(feature = "rt")))]
pub use tokio_macros::{main_fail as main, test_fail as test};
#[cfg(all(feature = "macros", feature = "rt", not(feature = "rt-multi-thread")))]
pub use tokio_macros::{main_rt as main, test_rt as test};

/// Empty, as in tokio: streams are in the crates `tokio-stream` and `futures`.
pub mod stream {}
