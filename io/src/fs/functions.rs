//! `std::fs`'s functions, each as one job.

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
    /// The path, absolute and without symbolic links; as [`std::fs::canonicalize`].
    canonicalize(path) -> PathBuf = std::fs::canonicalize;
    /// Copies a file with its permissions, and gives the number of bytes; as [`std::fs::copy`].
    copy(from, to) -> u64 = std::fs::copy;
    /// Makes a directory; as [`std::fs::create_dir`].
    create_dir(path) -> () = std::fs::create_dir;
    /// Makes a directory and those above it; as [`std::fs::create_dir_all`].
    create_dir_all(path) -> () = std::fs::create_dir_all;
    /// Gives a file another name; as [`std::fs::hard_link`].
    hard_link(original, link) -> () = std::fs::hard_link;
    /// Whatever the system knows of a file; as [`std::fs::metadata`].
    metadata(path) -> Metadata = std::fs::metadata;
    /// The contents of a file; as [`std::fs::read`].
    read(path) -> Vec<u8> = std::fs::read;
    /// Where a symbolic link leads; as [`std::fs::read_link`].
    read_link(path) -> PathBuf = std::fs::read_link;
    /// The contents of a file, which must be UTF-8; as [`std::fs::read_to_string`].
    read_to_string(path) -> String = std::fs::read_to_string;
    /// Removes an empty directory; as [`std::fs::remove_dir`].
    remove_dir(path) -> () = std::fs::remove_dir;
    /// Removes a directory with all that is in it; as [`std::fs::remove_dir_all`].
    remove_dir_all(path) -> () = std::fs::remove_dir_all;
    /// Removes a file; as [`std::fs::remove_file`].
    remove_file(path) -> () = std::fs::remove_file;
    /// Gives a file another name or place, instead of the one there; as [`std::fs::rename`].
    rename(from, to) -> () = std::fs::rename;
    /// Sets who may do what with a file; as [`std::fs::set_permissions`].
    set_permissions(path; perm: Permissions) -> () = std::fs::set_permissions;
    /// Whatever the system knows of a file, or of the link itself; as [`std::fs::symlink_metadata`].
    symlink_metadata(path) -> Metadata = std::fs::symlink_metadata;
    /// Whether there is something at the path; as [`Path::try_exists`].
    try_exists(path) -> bool = try_exists_now;
    /// Makes a symbolic link; as [`std::os::unix::fs::symlink`].
    #[cfg(unix)]
    symlink(original, link) -> () = std::os::unix::fs::symlink;
    /// Makes a symbolic link to a directory; as [`std::os::windows::fs::symlink_dir`].
    #[cfg(windows)]
    symlink_dir(original, link) -> () = std::os::windows::fs::symlink_dir;
    /// Makes a symbolic link to a file; as [`std::os::windows::fs::symlink_file`].
    #[cfg(windows)]
    symlink_file(original, link) -> () = std::os::windows::fs::symlink_file;
}

fn try_exists_now(path: PathBuf) -> io::Result<bool> {
    path.try_exists()
}

/// Makes a file with these contents, or replaces those it has; as [`std::fs::write`]. A `Vec<u8>`
/// and a `String` are taken over; anything else is copied.
///
/// # Errors
///
/// The system's.
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    let (path, contents) = (path.as_ref().to_owned(), owned(contents));
    run(move || std::fs::write(path, contents)).await
}
