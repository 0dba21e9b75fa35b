//! Files and directories, on the runtime's blocking threads.
//!
//! All of it is `heist-io`'s; what is here gives the file tokio's traits, and what is called
//! outside a runtime tokio's panic.

mod functions;

pub use functions::*;
pub use heist_io::fs::{DirBuilder, DirEntry, FileTimes, ReadDir};

use crate::io::TokioIo;

/// An open file.
pub type File = heist_io::generic::File<TokioIo>;

/// How to open a file; as [`std::fs::OpenOptions`].
pub type OpenOptions = heist_io::generic::OpenOptions<TokioIo>;
