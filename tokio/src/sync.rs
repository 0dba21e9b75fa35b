//! Locks and channels: those of `heist-sync`, which have tokio's names and meaning.

pub use heist_sync::*;
