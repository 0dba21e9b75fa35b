//! `std::fs`'s functions, each as one blocking job.

use super::owned::owned;
use crate::pool::run;
use std::fs::{Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

macro_rules! functions {
    ($(
        $(#[$attribute:meta])*
        $name:ident($($path:ident),* $(; $other:ident: $type:ty)?) -> $output:ty = $std:path;
    )*) => {$(
        $(#[$attribute])*
        ///
        /// # Errors
        ///
        /// The system's.
        pub async fn $name($($path: impl AsRef<Path>,)* $($other: $type)?) -> io::Result<$output> {
            $(let $path = $path.as_ref().to_owned();)*
            run(move || $std($($path,)* $($other)?)).await
        }
    )*};
}

functions! {
    /// Returns the path, absolute and without symbolic links; see [`std::fs::canonicalize`].
    canonicalize(path) -> PathBuf = std::fs::canonicalize;
    /// Copies a file with its permissions, and returns the number of bytes; see [`std::fs::copy`].
    copy(from, to) -> u64 = std::fs::copy;
    /// Creates a directory; see [`std::fs::create_dir`].
    create_dir(path) -> () = std::fs::create_dir;
    /// Creates a directory and its missing parents; see [`std::fs::create_dir_all`].
    create_dir_all(path) -> () = std::fs::create_dir_all;
    /// Creates a hard link to a file; see [`std::fs::hard_link`].
    hard_link(original, link) -> () = std::fs::hard_link;
    /// Returns the metadata of a file; see [`std::fs::metadata`].
    metadata(path) -> Metadata = std::fs::metadata;
    /// Reads the contents of a file; see [`std::fs::read`].
    read(path) -> Vec<u8> = std::fs::read;
    /// Reads the target of a symbolic link; see [`std::fs::read_link`].
    read_link(path) -> PathBuf = std::fs::read_link;
    /// Reads the contents of a file, which must be UTF-8; see [`std::fs::read_to_string`].
    read_to_string(path) -> String = std::fs::read_to_string;
    /// Removes an empty directory; see [`std::fs::remove_dir`].
    remove_dir(path) -> () = std::fs::remove_dir;
    /// Removes a directory with all its contents; see [`std::fs::remove_dir_all`].
    remove_dir_all(path) -> () = std::fs::remove_dir_all;
    /// Removes a file; see [`std::fs::remove_file`].
    remove_file(path) -> () = std::fs::remove_file;
    /// Renames or moves a file, and replaces an existing one; see [`std::fs::rename`].
    rename(from, to) -> () = std::fs::rename;
    /// Sets the permissions of a file; see [`std::fs::set_permissions`].
    set_permissions(path; perm: Permissions) -> () = std::fs::set_permissions;
    /// Returns the metadata of a file, or of the link itself; see [`std::fs::symlink_metadata`].
    symlink_metadata(path) -> Metadata = std::fs::symlink_metadata;
    /// Returns whether the path exists; see [`Path::try_exists`].
    try_exists(path) -> bool = try_exists_now;
    /// Creates a symbolic link; see [`std::os::unix::fs::symlink`].
    #[cfg(unix)]
    symlink(original, link) -> () = std::os::unix::fs::symlink;
    /// Creates a symbolic link to a directory; see [`std::os::windows::fs::symlink_dir`].
    #[cfg(windows)]
    symlink_dir(original, link) -> () = std::os::windows::fs::symlink_dir;
    /// Creates a symbolic link to a file; see [`std::os::windows::fs::symlink_file`].
    #[cfg(windows)]
    symlink_file(original, link) -> () = std::os::windows::fs::symlink_file;
}

fn try_exists_now(path: PathBuf) -> io::Result<bool> {
    path.try_exists()
}

/// Creates a file with these contents, or replaces its contents; see [`std::fs::write`]. A
/// `Vec<u8>` or a `String` is moved; anything else is copied.
///
/// # Errors
///
/// The system's.
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    let (path, contents) = (path.as_ref().to_owned(), owned(contents));
    run(move || std::fs::write(path, contents)).await
}
