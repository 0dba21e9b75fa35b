//! `AsyncFd`: a descriptor whose readiness can be awaited.
//!
//! Owned and used by tasks on any thread; the readiness itself is in the driver's `Source`.
//! `operations` uses the descriptor once it is ready.
//!
//! Invariant: the descriptor is registered exactly as long as it is inside.

use super::guard::{AsyncFdReadyGuard, Seen};
use super::{Direction, Interest, Ready};
use crate::platform::{AsSource, RawSource, raw};
use crate::poller::{Kind, KnownKind, ReadyEvent, Registration, WaiterId};
use crate::runtime::{Handle, context};
use crate::scheduler::Shared;
use crate::shutdown_error::shut_down;
use std::future::poll_fn;
use std::mem::ManuallyDrop;
use std::ptr::drop_in_place;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::{fmt, io};

/// A descriptor (on Windows, a socket) registered with the runtime's I/O driver, so that tasks can
/// wait until it is readable or writable.
///
/// It must be in non-blocking mode. Operations go through [`poll_io`], [`async_io`] and [`try_io`],
/// which keep track of its readiness, or through a guard from [`readable`] and [`writable`].
///
/// Any number of tasks may wait at once, through the `async` methods and the `poll_*` functions
/// alike, and each is woken. (The `poll_*` functions do not learn when a task stops waiting, so
/// such a task may be woken unnecessarily. If they have left more than 16 wakers for a direction,
/// all may be woken early, at most once a second; beyond 1,024, more often.)
///
/// When its runtime has shut down, waiting returns an error.
///
/// [`poll_io`]: Self::poll_io
/// [`async_io`]: Self::async_io
/// [`try_io`]: Self::try_io
/// [`readable`]: Self::readable
/// [`writable`]: Self::writable
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use heist::io::{AsyncFd, Interest};
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let (mut near, far) = UnixStream::pair()?;
/// far.set_nonblocking(true)?;
/// let far = AsyncFd::new(far)?;
///
/// let reader = heist::spawn(async move {
///     let mut buffer = [0; 16];
///     far.async_io(Interest::READABLE, |mut far| far.read(&mut buffer)).await
/// });
/// near.write_all(b"hello")?;
/// assert_eq!(reader.await??, 5);
/// # std::io::Result::Ok(())
/// # })?;
/// # }
/// # std::io::Result::Ok(())
/// ```
pub struct AsyncFd<T: AsSource> {
    /// Dropped manually, since it may be taken out.
    inner: ManuallyDrop<T>,
    pub(super) registration: Registration,
    kind: KnownKind,
    runtime: Arc<Shared>,
}

impl<T: AsSource> AsyncFd<T> {
    /// Registers the descriptor with the current runtime, for both directions. It counts as ready
    /// at first: the first operation is attempted without waiting. (Except that a FIFO is not
    /// readable at first. It would be at its end for as long as no writer has opened it, so the
    /// wait is for a writer or for data.)
    ///
    /// # Errors
    ///
    /// Returns an error outside a runtime; if the runtime has shut down; or if the operating system
    /// cannot watch such a descriptor (for example, a regular file).
    pub fn new(inner: T) -> io::Result<Self> {
        Self::with_interest(inner, Interest::BOTH)
    }

    /// Like [`new`](Self::new), but watched for `interest` alone: the runtime gets no other events.
    /// Usually this saves nothing. It helps for descriptors on which using one direction causes
    /// events for the other, as each read of an eventfd does.
    ///
    /// # Errors
    ///
    /// See [`new`](Self::new). Waiting for readiness that is not watched is an error of kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::{AsyncFd, Interest};
    /// use std::io::Write;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let far = AsyncFd::with_interest(far, Interest::READABLE)?;
    /// near.write_all(b"x")?;
    /// assert!(far.readable().await?.ready().is_readable());
    /// assert!(far.writable().await.is_err());
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<Self> {
        let ready = match is_fifo(&inner) {
            true => Ready::WRITABLE,
            false => Ready::READABLE | Ready::WRITABLE,
        };
        let initial = ready & interest.ready_mask();
        Self::register(inner, Kind::Unknown, interest, initial)
    }

    /// Like [`with_interest`](Self::with_interest), but not ready for anything at first.
    #[doc(hidden)]
    pub fn not_ready(inner: T, interest: Interest) -> io::Result<Self> {
        Self::register(inner, Kind::Unknown, interest, Ready::EMPTY)
    }

    /// Like [`new`](Self::new), for a descriptor that is known to be of this kind, or at least not
    /// to be a FIFO.
    #[doc(hidden)]
    pub fn new_of_kind(inner: T, kind: Kind) -> io::Result<Self> {
        let initial = Ready::READABLE | Ready::WRITABLE;
        Self::register(inner, kind, Interest::BOTH, initial)
    }

    /// Like [`new_connecting`](Self::new_connecting), for a descriptor of this kind.
    #[doc(hidden)]
    pub fn new_connecting_of_kind(inner: T, kind: Kind) -> io::Result<Self> {
        Self::register(inner, kind, Interest::BOTH, Ready::EMPTY)
    }

    /// Returns the kind of the descriptor.
    #[doc(hidden)]
    pub fn kind(&self) -> Kind {
        self.kind.get(self.get_ref())
    }

    /// Like [`new`](Self::new), for a socket with a connection attempt in progress: it becomes
    /// writable when the attempt has succeeded or failed.
    ///
    /// # Errors
    ///
    /// See [`new`](Self::new).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::AsyncFd;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (_near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// // This one is already connected.
    /// let far = AsyncFd::new_connecting(far)?;
    /// assert!(far.writable().await?.ready().is_writable());
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn new_connecting(inner: T) -> io::Result<Self> {
        Self::register(inner, Kind::Unknown, Interest::BOTH, Ready::EMPTY)
    }

    fn register(inner: T, kind: Kind, watched: Interest, initial: Ready) -> io::Result<Self> {
        let runtime = context::try_with_current(|handle: &Handle| handle.shared().clone())
            .ok_or_else(crate::runtime::TryCurrentError::new)?;
        let raw = raw(&inner);
        // SAFETY: `inner` is kept, and therefore open, until `drop` or `into_inner` deregisters it.
        // (`AsFd` promises an open descriptor, always the same one; a user who replaces `inner`
        // through `get_mut` closes it himself, which `deregister` detects.)
        let registration = unsafe { runtime.driver.register(raw, watched, initial)? };
        Ok(Self {
            inner: ManuallyDrop::new(inner),
            registration,
            kind: KnownKind::new(kind),
            runtime,
        })
    }

    /// Returns the descriptor. Direct operations on it do not keep track of readiness.
    ///
    /// # Examples
    ///
    /// See [`into_inner`](Self::into_inner).
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// Returns the descriptor. If it is replaced by another one, that one is not registered, and
    /// waiting never ends.
    ///
    /// # Examples
    ///
    /// See [`into_inner`](Self::into_inner).
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Deregisters the descriptor and returns it, still in non-blocking mode.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::AsyncFd;
    /// use std::io::Write;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (_near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let mut far = AsyncFd::new(far)?;
    /// assert!(far.get_ref().peer_addr()?.is_unnamed());
    /// assert_eq!(far.get_mut().write(b"hello")?, 5);
    /// let far = far.into_inner();
    /// far.set_nonblocking(false)?;
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn into_inner(self) -> T {
        self.deregister();
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, so each of its fields is taken or dropped once.
        unsafe {
            drop_in_place(&mut this.registration);
            drop_in_place(&mut this.runtime);
            ManuallyDrop::take(&mut this.inner)
        }
    }

    /// Waits until the descriptor is readable.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe: nothing is consumed.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::AsyncFd;
    /// use std::io::{Read, Write};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let far = AsyncFd::new(far)?;
    /// near.write_all(b"hello")?;
    /// let mut guard = far.readable().await?;
    /// let read = guard.try_io(|far| far.get_ref().read(&mut [0; 16]));
    /// assert_eq!(read.expect("there is something to read")?, 5);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// Waits until the descriptor is writable. Otherwise the same as [`readable`](Self::readable).
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Examples
    ///
    /// See [`readable`](Self::readable).
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    /// Waits until the descriptor is ready for some of `interest`. The guard reports for which.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe: nothing is consumed.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::{AsyncFd, Interest};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (_near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let far = AsyncFd::new(far)?;
    ///
    /// let guard = far.ready(Interest::READABLE | Interest::WRITABLE).await?;
    /// assert!(guard.ready().is_writable());
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        let mut place = Place::new(self);
        let event = poll_fn(|cx| place.poll_ready(interest, cx)).await?;
        Ok(self.guard(interest, event))
    }

    /// Polls until the descriptor is readable; see [`readable`](Self::readable).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::AsyncFd;
    /// use std::{future::poll_fn, io::Write};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let far = AsyncFd::new(far)?;
    /// near.write_all(b"hello")?;
    /// let guard = poll_fn(|cx| far.poll_read_ready(cx)).await?;
    /// assert!(guard.ready().is_readable());
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn poll_read_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T>>> {
        self.poll_guard(Direction::Read, cx)
    }

    /// Polls until the descriptor is writable; see [`writable`](Self::writable).
    ///
    /// # Examples
    ///
    /// See [`poll_read_ready`](Self::poll_read_ready).
    pub fn poll_write_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T>>> {
        self.poll_guard(Direction::Write, cx)
    }

    fn poll_guard(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T>>> {
        let event = ready!(self.poll_ready(direction, cx))?;
        Poll::Ready(Ok(self.guard(direction.into(), event)))
    }

    fn guard(&self, interest: Interest, event: ReadyEvent) -> AsyncFdReadyGuard<'_, T> {
        let seen = Seen { interest, event };
        AsyncFdReadyGuard {
            fd: self,
            seen,
            cleared: Ready::EMPTY,
        }
    }

    #[inline]
    pub(super) fn poll_ready(
        &self,
        direction: Direction,
        cx: &Context<'_>,
    ) -> Poll<io::Result<ReadyEvent>> {
        let polled = self.registration.source.poll_ready(direction, cx);
        self.ready_or_rearm(direction.into(), polled)
    }

    /// The part that both ways of waiting share, after the poll of the source.
    #[inline]
    fn ready_or_rearm(
        &self,
        wanted: Interest,
        polled: Poll<ReadyEvent>,
    ) -> Poll<io::Result<ReadyEvent>> {
        match polled {
            Poll::Ready(event) if event.ready().contains(Ready::SHUTDOWN) => {
                Poll::Ready(Err(shut_down()))
            }
            Poll::Ready(event) => Poll::Ready(Ok(event)),
            Poll::Pending => match self.expect_events(wanted) {
                Ok(()) => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            },
        }
    }

    /// Checks that the events that are waited for can come, and requests them.
    #[inline]
    fn expect_events(&self, wanted: Interest) -> io::Result<()> {
        let watched = self.registration.source.watched;
        if !wanted.is_covered_by(watched) {
            return Err(unwatched_error(wanted, watched));
        }
        let raw = || self.raw();
        self.runtime.driver.rearm(&self.registration, raw)
    }

    /// Clears the given part of the readiness that a wait has seen. Events that have come since are
    /// kept.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::{AsyncFd, Interest, Ready};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (_near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// // Not for writing, too: the first event would outdate what was seen.
    /// let far = AsyncFd::with_interest(far, Interest::READABLE)?;
    /// let seen = far.readable().await?.seen();
    /// far.clear_ready(seen, Ready::READABLE);
    /// assert!(far.try_io(Interest::READABLE, |_| Ok(())).is_err());
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn clear_ready(&self, seen: Seen, ready: Ready) {
        self.clear_and_rearm(seen.event, ready & Ready::ALL);
    }

    /// Returns the current readiness for `interest`, if there is any.
    pub(super) fn current_readiness(&self, interest: Interest) -> Option<Seen> {
        let event = self.registration.source.ready(interest.ready_mask())?;
        Some(Seen { interest, event })
    }

    /// Clears the readiness that an operation has used up which would block.
    pub(super) fn clear_used_up(&self, seen: Seen) {
        self.clear_and_rearm(seen.event, seen.interest.used_up());
    }

    #[inline]
    pub(super) fn clear_and_rearm(&self, event: ReadyEvent, used_up: Ready) {
        self.runtime
            .driver
            .clear(&self.registration, || self.raw(), event, used_up);
    }

    fn deregister(&self) {
        // Fails only if other code has closed the descriptor, which has removed it from the poller
        // as well.
        let _ = self
            .runtime
            .driver
            .deregister(&self.registration, self.raw());
    }

    /// Returns the number of the current descriptor, which `get_mut` may have replaced.
    fn raw(&self) -> RawSource {
        raw(self.get_ref())
    }
}

#[cold]
fn unwatched_error(wanted: Interest, watched: Interest) -> io::Error {
    let text = format!("cannot wait for {wanted:?}: the descriptor is watched for {watched:?}");
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// Returns whether this is a named or an anonymous pipe. The poller also reports the end of an
/// anonymous pipe.
#[cfg(unix)]
fn is_fifo(descriptor: &impl AsSource) -> bool {
    use rustix::fs::{FileType, fstat};

    fstat(descriptor.source()).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_fifo())
}

#[cfg(not(unix))]
fn is_fifo(_descriptor: &impl AsSource) -> bool {
    false
}

impl<T: AsSource> Drop for AsyncFd<T> {
    fn drop(&mut self) {
        self.deregister();
        // SAFETY: it is not used any more.
        unsafe { ManuallyDrop::drop(&mut self.inner) };
    }
}

impl<T: AsSource + fmt::Debug> fmt::Debug for AsyncFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFd")
            .field("inner", self.get_ref())
            .finish_non_exhaustive()
    }
}

/// An `async` function's place among the waiting tasks; given up when it is dropped.
pub(super) struct Place<'a, T: AsSource> {
    fd: &'a AsyncFd<T>,
    id: WaiterId,
}

impl<'a, T: AsSource> Place<'a, T> {
    pub(super) fn new(fd: &'a AsyncFd<T>) -> Self {
        Self {
            fd,
            id: WaiterId::default(),
        }
    }

    pub(super) fn fd(&self) -> &'a AsyncFd<T> {
        self.fd
    }

    #[inline]
    pub(super) fn poll_ready(
        &mut self,
        interest: Interest,
        cx: &Context<'_>,
    ) -> Poll<io::Result<ReadyEvent>> {
        let source = &self.fd.registration.source;
        let polled = source.poll_ready_shared(interest.ready_mask(), &mut self.id, cx);
        self.fd.ready_or_rearm(interest, polled)
    }
}

impl<T: AsSource> Drop for Place<'_, T> {
    fn drop(&mut self) {
        self.fd.registration.source.forget(&mut self.id);
    }
}
