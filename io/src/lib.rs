//! Streams without a descriptor to await: files, standard input and output, memory; and, for any
//! stream, methods that let other tasks run (`cooperative`).
//!
//! Reading and writing of files and standard streams blocks, and is therefore done on the runtime's
//! blocking threads.
//!
//! Everything is written once, for any crate's I/O traits: the types in `generic` have a parameter
//! that selects the traits, which are implemented by those of `poll`. The other modules have the
//! types that implement those of `futures-io`, for users of heist; heist's package named `tokio`
//! has those that implement tokio's.
//!
//! All except `cooperative` requires the feature `streams`.

#![deny(clippy::disallowed_methods)]
#![cfg_attr(heist_docs, feature(doc_cfg))]

pub mod cooperative;

#[cfg(feature = "streams")]
mod buffer;
#[cfg(feature = "streams")]
mod duplex;
#[cfg(feature = "streams")]
pub mod fs;
#[cfg(feature = "streams")]
mod futures_traits;
#[cfg(feature = "streams")]
mod lines;
#[cfg(feature = "streams")]
pub mod number;
#[cfg(feature = "streams")]
pub mod poll;
#[cfg(feature = "streams")]
mod pool;
#[cfg(feature = "streams")]
mod stdio;
#[cfg(feature = "streams")]
mod streams;
#[cfg(feature = "streams")]
mod sync_bridge;

#[cfg(feature = "streams")]
pub use streams::*;
