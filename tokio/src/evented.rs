//! A socket or another descriptor whose readiness is awaited.
//!
//! As in tokio, it starts out not ready: the first event reports what it is ready for.

use crate::context;
use crate::io::ReadBuf;
use heist_runtime::io::{AsSource, AsyncFd, Direction, Interest, Ready};
#[cfg(unix)]
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::fmt;
#[cfg(unix)]
use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::mem::MaybeUninit;
use std::ops::Deref;
#[cfg(unix)]
use std::os::fd::AsFd;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::task::{Context, Poll, ready};

pub(crate) struct Evented<S: AsSource>(AsyncFd<S>);

// Its invariants hold after any panic: wakers and operations are called without locks held.
impl<S: AsSource> UnwindSafe for Evented<S> {}
impl<S: AsSource> RefUnwindSafe for Evented<S> {}

impl<S: AsSource> Evented<S> {
    /// Registers a descriptor that must be in non-blocking mode.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime, or in a runtime without I/O.
    #[track_caller]
    pub(crate) fn new(inner: S) -> io::Result<Self> {
        context::expect_io();
        AsyncFd::new_connecting(inner).map(Self)
    }

    /// Like [`new`](Self::new), for a socket that has just been connected: it is assumed to be
    /// readable and writable until an operation would block.
    #[track_caller]
    pub(crate) fn connected(inner: S) -> io::Result<Self> {
        context::expect_io();
        AsyncFd::new(inner).map(Self)
    }

    /// Like [`new`](Self::new), for one end of a new pair, which has nothing to read yet.
    #[track_caller]
    pub(crate) fn paired(inner: S) -> io::Result<Self> {
        let this = Self::connected(inner)?;
        let nothing = |_: &S| Err::<(), _>(io::ErrorKind::WouldBlock.into());
        let _ = this.try_io(Interest::READABLE, nothing);
        Ok(this)
    }

    /// Like [`new`](Self::new), for a descriptor that the user created.
    ///
    /// # Panics
    ///
    /// Panics in a debug build if the descriptor is in blocking mode.
    #[track_caller]
    pub(crate) fn from_user(inner: S) -> io::Result<Self> {
        #[cfg(all(unix, debug_assertions, not(tokio_allow_from_blocking_fd)))]
        assert!(
            is_nonblocking(&inner)?,
            "Registering a blocking socket with the tokio runtime is unsupported. If you wish to \
             do anyways, please add `--cfg tokio_allow_from_blocking_fd` to your RUSTFLAGS. See \
             github.com/tokio-rs/tokio/issues/7172 for details."
        );
        Self::new(inner)
    }

    pub(crate) fn into_inner(self) -> S {
        self.0.into_inner()
    }

    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        Ok(self.0.ready(interest).await?.ready())
    }

    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_read_ready(cx).map_ok(drop)
    }

    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_write_ready(cx).map_ok(drop)
    }

    /// Waits until a connection attempt has ended; see heist's `AsyncFd`.
    #[cfg(feature = "net")]
    pub(crate) fn poll_connected(
        &self,
        cx: &mut Context<'_>,
        ask: impl Fn(&S) -> io::Result<()>,
    ) -> Poll<io::Result<()>> {
        self.0.poll_connected(cx, ask)
    }

    pub(crate) fn try_io<R>(
        &self,
        interest: Interest,
        operation: impl FnOnce(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        self.0.try_io(interest, operation)
    }

    pub(crate) async fn async_io<R>(
        &self,
        interest: Interest,
        operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        self.0.async_io(interest, operation).await
    }

    pub(crate) fn poll_read_io<R>(
        &self,
        cx: &mut Context<'_>,
        operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.0.poll_io(Direction::Read, cx, operation)
    }

    pub(crate) fn poll_write_io<R>(
        &self,
        cx: &mut Context<'_>,
        operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.0.poll_io(Direction::Write, cx, operation)
    }

    /// Reads bytes of a stream.
    pub(crate) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        mut read: impl FnMut(&S, &mut [MaybeUninit<u8>]) -> io::Result<usize>,
    ) -> Poll<io::Result<()>> {
        let len = buf.remaining();
        let n = ready!(self.0.poll_io_bytes(Direction::Read, cx, len, |inner| {
            // SAFETY: every caller's `read` initializes the bytes that it writes, and leaves the
            // rest alone.
            read(inner, unsafe { buf.unfilled_mut() })
        }))?;
        // SAFETY: `n` bytes have been read into it.
        unsafe { buf.assume_init(n) };
        buf.advance(n);
        Poll::Ready(Ok(()))
    }

    /// Writes bytes to a stream.
    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>>
    where
        for<'a> &'a S: Write,
    {
        let write = |mut inner: &S| inner.write(buf);
        self.0.poll_io_bytes(Direction::Write, cx, buf.len(), write)
    }

    /// Writes bytes to a stream, from several buffers.
    pub(crate) fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>>
    where
        for<'a> &'a S: Write,
    {
        let len = bufs.iter().map(|buf| buf.len()).sum();
        let write = |mut inner: &S| inner.write_vectored(bufs);
        self.0.poll_io_bytes(Direction::Write, cx, len, write)
    }
}

/// Implements `AsyncWrite` by the `Evented` that `$io` returns.
macro_rules! write_traits {
    ($Type:ty, |$this:ident| $io:expr, |$shut:ident| $shutdown:expr) => {
        impl crate::io::AsyncWrite for $Type {
            fn poll_write(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let $this = &*self;
                $io.poll_write(cx, buf)
            }

            fn poll_write_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let $this = &*self;
                $io.poll_write_vectored(cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                // Nothing is buffered.
                std::task::Poll::Ready(Ok(()))
            }

            fn poll_shutdown(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let $shut = self.get_mut();
                std::task::Poll::Ready($shutdown)
            }
        }
    };
}

impl<S: AsSource> Deref for Evented<S> {
    type Target = S;

    fn deref(&self) -> &S {
        self.0.get_ref()
    }
}

impl<S: AsSource + fmt::Debug> fmt::Debug for Evented<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.get_ref().fmt(f)
    }
}

/// Reads from a pipe.
#[cfg(unix)]
pub(crate) fn read_pipe(pipe: &File, room: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    let (filled, _) = rustix::io::read(pipe, room)?;
    Ok(filled.len())
}

#[cfg(unix)]
pub(crate) fn set_nonblocking(descriptor: impl AsFd, nonblocking: bool) -> io::Result<()> {
    let mut flags = fcntl_getfl(&descriptor)?;
    flags.set(OFlags::NONBLOCK, nonblocking);
    Ok(fcntl_setfl(descriptor, flags)?)
}

#[cfg(all(unix, debug_assertions, not(tokio_allow_from_blocking_fd)))]
fn is_nonblocking(descriptor: impl AsFd) -> io::Result<bool> {
    Ok(fcntl_getfl(descriptor)?.contains(OFlags::NONBLOCK))
}

/// Reads into the spare capacity of a buffer, and advances the buffer by the number of bytes read.
///
/// # Safety
///
/// `read` must initialize as many bytes of its argument as it returns.
#[cfg(feature = "io-util")]
pub(crate) unsafe fn read_into<B: bytes::BufMut, R>(
    buf: &mut B,
    read: impl FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<(usize, R)>,
) -> io::Result<(usize, R)> {
    // SAFETY: `read` initializes the bytes that it writes, and leaves the rest alone.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let (n, rest) = read(room)?;
    // SAFETY: as the caller promises.
    unsafe { buf.advance_mut(n) };
    Ok((n, rest))
}
