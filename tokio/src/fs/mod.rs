//! Files and directories, on the runtime's blocking threads.
//!
//! All of it is `heist-io`'s; what is here gives the file tokio's traits.

use crate::io::TokioIo;

#[cfg(unix)]
pub use heist_io::fs::symlink;
pub use heist_io::fs::{
    DirBuilder, DirEntry, FileTimes, ReadDir, canonicalize, copy, create_dir, create_dir_all,
    hard_link, metadata, read, read_dir, read_link, read_to_string, remove_dir, remove_dir_all,
    remove_file, rename, set_permissions, symlink_metadata, try_exists, write,
};
#[cfg(windows)]
pub use heist_io::fs::{symlink_dir, symlink_file};

/// An open file.
pub type File = heist_io::generic::File<TokioIo>;

/// How to open a file; as [`std::fs::OpenOptions`].
pub type OpenOptions = heist_io::generic::OpenOptions<TokioIo>;
