//! The functions of `std::fs`, each run as one job.

use crate::context;
use heist_io::fs;
use std::fs::{Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

macro_rules! functions {
    ($(
        $(#[$attribute:meta])*
        $name:ident($($path:ident),* $(; $other:ident: $type:ty)?) -> $output:ty;
    )*) => {$(
        $(#[$attribute])*
        #[doc = concat!("Like [`std::fs::", stringify!($name), "`].")]
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        ///
        /// # Panics
        ///
        /// Panics if polled outside a runtime.
        pub async fn $name($($path: impl AsRef<Path>,)* $($other: $type)?) -> io::Result<$output> {
            context::current();
            fs::$name($($path,)* $($other)?).await
        }
    )*};
}

functions! {
    canonicalize(path) -> PathBuf;
    copy(from, to) -> u64;
    create_dir(path) -> ();
    create_dir_all(path) -> ();
    hard_link(original, link) -> ();
    metadata(path) -> Metadata;
    read(path) -> Vec<u8>;
    read_dir(path) -> fs::ReadDir;
    read_link(path) -> PathBuf;
    read_to_string(path) -> String;
    remove_dir(path) -> ();
    remove_dir_all(path) -> ();
    remove_file(path) -> ();
    rename(from, to) -> ();
    set_permissions(path; perm: Permissions) -> ();
    symlink_metadata(path) -> Metadata;
}

/// Returns whether the path exists, like [`Path::try_exists`].
///
/// # Errors
///
/// Returns the error of the operating system.
///
/// # Panics
///
/// Panics if polled outside a runtime.
pub async fn try_exists(path: impl AsRef<Path>) -> io::Result<bool> {
    context::current();
    fs::try_exists(path).await
}

/// Writes the contents to a file, which is created or replaced, like [`std::fs::write`].
///
/// # Errors
///
/// Returns the error of the operating system.
///
/// # Panics
///
/// Panics if polled outside a runtime.
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    context::current();
    fs::write(path, contents).await
}

macro_rules! links {
    ($($(#[$attribute:meta])* $name:ident = $std:literal;)*) => {$(
        $(#[$attribute])*
        #[doc = concat!("Creates a symbolic link, like [`", $std, "`].")]
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        ///
        /// # Panics
        ///
        /// Panics if polled outside a runtime.
        pub async fn $name(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
            context::current();
            fs::$name(original, link).await
        }
    )*};
}

links! {
    #[cfg(unix)]
    symlink = "std::os::unix::fs::symlink";
    #[cfg(windows)]
    symlink_dir = "std::os::windows::fs::symlink_dir";
    #[cfg(windows)]
    symlink_file = "std::os::windows::fs::symlink_file";
}
