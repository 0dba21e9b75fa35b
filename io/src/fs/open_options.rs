//! `OpenOptions`.

use super::file::File;
use crate::generic::Traits;
use crate::pool::run;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::path::Path;

/// How to open a file; as [`std::fs::OpenOptions`]. `T` says whose I/O traits the file has.
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
    /// None: such a file can neither be read nor written.
    pub fn new() -> Self {
        Self::default()
    }

    options! {
        /// To be read.
        read;
        /// To be written.
        write;
        /// To be written at the end, wherever the position is.
        append;
        /// To be emptied.
        truncate;
        /// To be made if it does not exist.
        create;
        /// To be made. It is an error if it exists.
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
    /// Who may do what with the file, if it is made.
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        std::os::unix::fs::OpenOptionsExt::mode(&mut self.std, mode);
        self
    }

    /// Further flags for `open`.
    pub fn custom_flags(&mut self, flags: i32) -> &mut Self {
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut self.std, flags);
        self
    }
}

#[cfg(windows)]
impl<T> OpenOptions<T> {
    /// The `dwDesiredAccess` of `CreateFile`.
    pub fn access_mode(&mut self, access: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::access_mode(&mut self.std, access);
        self
    }

    /// The `dwShareMode` of `CreateFile`.
    pub fn share_mode(&mut self, share: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut self.std, share);
        self
    }

    /// Further flags for the `dwFlagsAndAttributes` of `CreateFile`.
    pub fn custom_flags(&mut self, flags: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::custom_flags(&mut self.std, flags);
        self
    }

    /// The attributes in the `dwFlagsAndAttributes` of `CreateFile`.
    pub fn attributes(&mut self, attributes: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::attributes(&mut self.std, attributes);
        self
    }

    /// The `dwSecurityQosFlags` of `CreateFile`.
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
