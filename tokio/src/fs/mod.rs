//! Files and directories, on the runtime's blocking threads.
//!
//! The implementation is in `heist-io`. This module adds tokio's traits to files, and tokio's panic
//! to calls outside a runtime.

mod functions;

pub use functions::*;
pub use heist_io::fs::{DirBuilder, DirEntry, FileTimes, ReadDir};

use crate::io::TokioIo;

/// An open file.
pub type File = heist_io::generic::File<TokioIo>;

/// Options for opening a file, like [`std::fs::OpenOptions`].
pub type OpenOptions = heist_io::generic::OpenOptions<TokioIo>;
