//! tokio's interface on the heist runtime, to be put in tokio's place for a whole program:
//!
//! ```toml
//! [patch.crates-io]
//! tokio = { git = "…", package = "tokio" }
//! ```
//!
//! Each public name means what it means in [tokio](https://docs.rs/tokio/1.54.1), whose
//! documentation is the reference for them. What heist adds stays reachable beside.
//!
//! Which of tokio's own tests it passes, and why not the others, is in `docs/TOKIO_CONFORMANCE.md`;
//! how it is used, in `docs/TOKIO.md`.

#![deny(clippy::disallowed_methods)]

// Without all features some of it is not used.
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

/// The runtime itself, for what it has beside tokio's interface. It is the same runtime: what is
/// spawned here runs there.
pub use heist_runtime as heist;

#[cfg(feature = "rt")]
pub use heist_runtime::task_local;
#[cfg(feature = "rt")]
pub use task::spawn;

// tokio's path to what its macros expand to, which others use, too.
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

/// Empty, as tokio's: streams are in the crates `tokio-stream` and `futures`.
pub mod stream {}
