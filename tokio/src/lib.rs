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

#[cfg(feature = "fs")]
pub mod fs;
pub mod io;

/// Empty, as tokio's: streams are in the crates `tokio-stream` and `futures`.
pub mod stream {}
