//! Standard input, output and error, on the runtime's blocking threads.

mod on_pool;
mod text;

use crate::poll::{Destination, PollRead, PollWrite};
use on_pool::{Handle, OnPool};
use std::fmt;
use std::io::{self, IoSlice};
use std::marker::PhantomData;
use std::task::{Context, Poll};

macro_rules! streams {
    ($($(#[$doc:meta])* $name:ident, $function:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// `T` determines whose I/O traits it implements.
        pub struct $name<T> {
            inner: OnPool<io::$name>,
            _traits: PhantomData<fn() -> T>,
        }

        $(#[$doc])*
        pub fn $function<T>() -> $name<T> {
            $name {
                inner: OnPool::default(),
                _traits: PhantomData,
            }
        }

        impl Handle for io::$name {
            fn get() -> Self {
                io::$function()
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        #[cfg(unix)]
        impl<T> std::os::fd::AsRawFd for $name<T> {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                io::$function().as_raw_fd()
            }
        }

        #[cfg(unix)]
        impl<T> std::os::fd::AsFd for $name<T> {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                let fd = std::os::fd::AsRawFd::as_raw_fd(self);
                // SAFETY: the standard library assumes that it is open for the life of the process.
                unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) }
            }
        }

        #[cfg(windows)]
        impl<T> std::os::windows::io::AsRawHandle for $name<T> {
            fn as_raw_handle(&self) -> std::os::windows::io::RawHandle {
                io::$function().as_raw_handle()
            }
        }

        #[cfg(windows)]
        impl<T> std::os::windows::io::AsHandle for $name<T> {
            fn as_handle(&self) -> std::os::windows::io::BorrowedHandle<'_> {
                let handle = std::os::windows::io::AsRawHandle::as_raw_handle(self);
                // SAFETY: the standard library assumes that it is open for the life of the process.
                unsafe { std::os::windows::io::BorrowedHandle::borrow_raw(handle) }
            }
        }
    )*};
}

streams! {
    /// The process's standard input.
    Stdin, stdin;
    /// The process's standard output.
    Stdout, stdout;
    /// The process's standard error.
    Stderr, stderr;
}

impl<T> PollRead for Stdin<T> {
    fn poll_read_to(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut impl Destination,
    ) -> Poll<io::Result<()>> {
        self.inner.poll_read(cx, into)
    }
}

macro_rules! writers {
    ($($name:ident),*) => {$(
        impl<T> PollWrite for $name<T> {
            const VECTORED: bool = false;

            fn poll_write_from(
                &mut self,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                let first = bufs.iter().find(|buf| !buf.is_empty());
                let bytes = text::whole_characters(first.map_or(&[], |buf| buf));
                self.inner.poll_write(cx, bytes)
            }

            fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.inner.poll_flush(cx)
            }
        }
    )*};
}

writers!(Stdout, Stderr);
