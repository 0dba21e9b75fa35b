//! A socket, or another descriptor, whose readiness is awaited.
//!
//! It begins without readiness, as tokio's: what it is ready for, the first event tells.

use crate::context;
use crate::io::ReadBuf;
use heist_runtime::io::{AsyncFd, Direction};
use heist_runtime::io::{Interest, Ready};
use polling::AsSource;
use std::fmt;
use std::io;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::task::{Context, Poll, ready};

pub(crate) struct Evented<S: AsSource>(AsyncFd<S>);

// It keeps its invariants whatever panics: wakers and operations are called without locks held.
impl<S: AsSource> UnwindSafe for Evented<S> {}
impl<S: AsSource> RefUnwindSafe for Evented<S> {}

impl<S: AsSource> Evented<S> {
    /// Of a descriptor that does not block.
    ///
    /// # Panics
    ///
    /// Outside a runtime, or in one without I/O.
    #[track_caller]
    pub(crate) fn new(inner: S) -> io::Result<Self> {
        context::expect_io();
        AsyncFd::new_connecting(inner).map(Self)
    }

    /// As [`new`](Self::new), of a socket that has just been connected: it is taken for readable and
    /// writable until it proves not to be.
    #[track_caller]
    pub(crate) fn connected(inner: S) -> io::Result<Self> {
        context::expect_io();
        AsyncFd::new(inner).map(Self)
    }

    /// As [`new`](Self::new), of one end of a new pair: there is nothing to read yet.
    #[track_caller]
    pub(crate) fn paired(inner: S) -> io::Result<Self> {
        let this = Self::connected(inner)?;
        let nothing = |_: &S| Err::<(), _>(io::ErrorKind::WouldBlock.into());
        let _ = this.try_io(Interest::READABLE, nothing);
        Ok(this)
    }

    /// As [`new`](Self::new), of what the user made.
    ///
    /// # Panics
    ///
    /// If it blocks, and this is a debug build.
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
            // SAFETY: whoever reads into it initializes it, or leaves it alone.
            read(inner, unsafe { buf.unfilled_mut() })
        }))?;
        // SAFETY: so many bytes have been read into it.
        unsafe { buf.assume_init(n) };
        buf.advance(n);
        Poll::Ready(Ok(()))
    }

    /// Writes bytes to a stream.
    pub(crate) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        len: usize,
        write: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.0.poll_io_bytes(Direction::Write, cx, len, write)
    }
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

#[cfg(all(unix, debug_assertions, not(tokio_allow_from_blocking_fd)))]
fn is_nonblocking(descriptor: impl std::os::fd::AsFd) -> io::Result<bool> {
    let flags = rustix::fs::fcntl_getfl(descriptor)?;
    Ok(flags.contains(rustix::fs::OFlags::NONBLOCK))
}

/// What has been read into the spare room of a buffer counts from now on.
///
/// # Safety
///
/// `read` has initialized as many bytes of what it is given as it says.
#[cfg(feature = "io-util")]
pub(crate) unsafe fn read_into<B: bytes::BufMut, R>(
    buf: &mut B,
    read: impl FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<(usize, R)>,
) -> io::Result<(usize, R)> {
    // SAFETY: whoever reads into it initializes it, or leaves it alone.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let (n, rest) = read(room)?;
    // SAFETY: as the caller promises.
    unsafe { buf.advance_mut(n) };
    Ok((n, rest))
}
