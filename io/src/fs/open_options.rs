//! `OpenOptions`.

use super::file::File;
use crate::generic::Traits;
use crate::pool::run;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::path::Path;

/// Options for opening a file; see [`std::fs::OpenOptions`]. `T` determines whose I/O traits the
/// file implements.
pub struct OpenOptions<T> {
    std: std::fs::OpenOptions,
    _traits: PhantomData<fn() -> T>,
}

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&mut self, $name: bool) -> &mut Self {
            self.std.$name($name);
            self
        }
    )*};
}

impl<T> OpenOptions<T> {
    /// Creates options, all of them unset: such a file can be neither read nor written.
    pub fn new() -> Self {
        Self::default()
    }

    options! {
        /// Opens the file for reading.
        read;
        /// Opens the file for writing.
        write;
        /// Opens the file for writing at its end, regardless of the position.
        append;
        /// Truncates the file.
        truncate;
        /// Creates the file if it does not exist.
        create;
        /// Creates the file; fails if it exists.
        create_new;
    }

    /// Opens a file.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File<T>>
    where
        T: Traits,
    {
        T::expect_runtime();
        let (std, path) = (self.std.clone(), path.as_ref().to_owned());
        run(move || std.open(path)).await.map(File::from_std)
    }
}

#[cfg(unix)]
impl<T> OpenOptions<T> {
    /// Sets the mode of the file, if it is created.
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        std::os::unix::fs::OpenOptionsExt::mode(&mut self.std, mode);
        self
    }

    /// Sets additional flags for `open`.
    pub fn custom_flags(&mut self, flags: i32) -> &mut Self {
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut self.std, flags);
        self
    }
}

#[cfg(windows)]
impl<T> OpenOptions<T> {
    /// Sets the `dwDesiredAccess` of `CreateFile`.
    pub fn access_mode(&mut self, access: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::access_mode(&mut self.std, access);
        self
    }

    /// Sets the `dwShareMode` of `CreateFile`.
    pub fn share_mode(&mut self, share: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut self.std, share);
        self
    }

    /// Sets additional flags for the `dwFlagsAndAttributes` of `CreateFile`.
    pub fn custom_flags(&mut self, flags: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::custom_flags(&mut self.std, flags);
        self
    }

    /// Sets the attributes in the `dwFlagsAndAttributes` of `CreateFile`.
    pub fn attributes(&mut self, attributes: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::attributes(&mut self.std, attributes);
        self
    }

    /// Sets the `dwSecurityQosFlags` of `CreateFile`.
    pub fn security_qos_flags(&mut self, flags: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::security_qos_flags(&mut self.std, flags);
        self
    }
}

impl<T> Default for OpenOptions<T> {
    fn default() -> Self {
        std::fs::OpenOptions::new().into()
    }
}

impl<T> Clone for OpenOptions<T> {
    fn clone(&self) -> Self {
        self.std.clone().into()
    }
}

impl<T> From<std::fs::OpenOptions> for OpenOptions<T> {
    fn from(std: std::fs::OpenOptions) -> Self {
        Self {
            std,
            _traits: PhantomData,
        }
    }
}

impl<T> fmt::Debug for OpenOptions<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenOptions").field(&self.std).finish()
    }
}
