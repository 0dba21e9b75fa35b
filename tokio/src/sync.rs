//! Locks and channels: those of `heist-sync`, which have tokio's names and semantics.

pub use heist_sync::*;
