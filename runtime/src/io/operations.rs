//! Operations on an [`AsyncFd`]'s descriptor once it is ready, and their effect on its readiness.
//!
//! Invariant: readiness is cleared only after an operation has found it used up.

use super::async_fd::Place;
use super::{AsyncFd, Direction, Interest, Ready};
use crate::budget::poll_proceed;
use crate::platform::AsSource;
use crate::poller::{Moved, ReadyEvent};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

impl<T: AsSource> AsyncFd<T> {
    /// Tries an operation, without waiting.
    ///
    /// # Errors
    ///
    /// Returns `WouldBlock` if the descriptor is not ready (the operation is not attempted then) or
    /// the operation returns it; otherwise returns the operation's error.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::{AsyncFd, Interest};
    /// use std::io::{ErrorKind, Read};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (_near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let far = AsyncFd::new(far)?;
    /// let read = far.try_io(Interest::READABLE, |mut far| far.read(&mut [0; 16]));
    /// assert_eq!(read.unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn try_io<R>(
        &self,
        interest: Interest,
        operation: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let Some(seen) = self.current_readiness(interest) else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let result = operation(self.get_ref());
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.clear_used_up(seen);
        }
        result
    }

    /// Tries an operation whenever the descriptor is ready, until it returns something other than
    /// `WouldBlock`.
    ///
    /// # Errors
    ///
    /// Returns the operation's error, or an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe if the operation is: it runs within one poll, and its result is returned from that same
    /// poll.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::{AsyncFd, Interest};
    /// use std::io::{Read, Write};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let far = AsyncFd::new(far)?;
    /// near.write_all(b"hello")?;
    /// let mut buf = [0; 16];
    /// let len = far.async_io(Interest::READABLE, |mut far| far.read(&mut buf)).await?;
    /// assert_eq!(&buf[..len], b"hello");
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let mut place = Place::new(self);
        poll_fn(|cx| {
            let wait = |cx: &Context<'_>| place.poll_ready(interest, cx);
            self.attempt(interest, cx, wait, |fd, _| Ok((operation(fd)?, None)))
        })
        .await
    }

    /// Polls an operation like [`async_io`](Self::async_io). Any number of tasks may call it; see
    /// [`AsyncFd`].
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::{AsyncFd, Direction};
    /// use std::future::poll_fn;
    /// use std::io::{Read, Write};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let far = AsyncFd::new(far)?;
    /// near.write_all(b"hello")?;
    /// let mut buf = [0; 16];
    /// let read = poll_fn(|cx| far.poll_io(Direction::Read, cx, |mut far| far.read(&mut buf)));
    /// assert_eq!(read.await?, 5);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn poll_io<R>(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let wait = |cx: &Context<'_>| self.poll_ready(direction, cx);
        self.attempt(direction.into(), cx, wait, |fd, _| {
            Ok((operation(fd)?, None))
        })
    }

    /// Like [`poll_io`](Self::poll_io), for reads and writes of a byte stream with a buffer of
    /// `len` bytes. Where a shorter result proves that the stream has no more data, or no more
    /// room, this saves the attempt that would find this out. (This is the case for TCP connections
    /// on Linux. For other descriptors it is the same as `poll_io`.)
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::{AsyncFd, Direction};
    /// use std::future::poll_fn;
    /// use std::io::{Read, Write};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let far = AsyncFd::new(far)?;
    /// near.write_all(b"hello")?;
    /// let mut buf = [0; 16];
    /// let read = poll_fn(|cx| {
    ///     far.poll_io_bytes(Direction::Read, cx, buf.len(), |mut far| far.read(&mut buf))
    /// });
    /// assert_eq!(read.await?, 5);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn poll_io_bytes(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        len: usize,
        mut operation: impl FnMut(&T) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.poll_io_moved(direction, cx, |fd| Ok(Moved::new(operation(fd)?, len)))
    }

    /// Like [`poll_io_bytes`](Self::poll_io_bytes), with an operation that returns its outcome.
    #[doc(hidden)]
    pub fn poll_io_moved(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        operation: impl FnMut(&T) -> io::Result<Moved>,
    ) -> Poll<io::Result<usize>> {
        let wait = |cx: &Context<'_>| self.poll_ready(direction, cx);
        self.attempt_move(direction, cx, wait, operation)
    }

    /// Like [`poll_io_bytes`](Self::poll_io_bytes), for any number of tasks at once.
    ///
    /// # Errors
    ///
    /// See [`async_io`](Self::async_io).
    ///
    /// # Cancellation safety
    ///
    /// See [`async_io`](Self::async_io).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::{AsyncFd, Direction};
    /// use std::io::{Read, Write};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let far = AsyncFd::new(far)?;
    /// near.write_all(b"hello")?;
    /// let mut buf = [0; 16];
    /// let read = far.async_io_bytes(Direction::Read, 16, |mut far| far.read(&mut buf));
    /// assert_eq!(read.await?, 5);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn async_io_bytes(
        &self,
        direction: Direction,
        len: usize,
        mut operation: impl FnMut(&T) -> io::Result<usize>,
    ) -> io::Result<usize> {
        self.async_io_moved(direction, |fd| Ok(Moved::new(operation(fd)?, len)))
            .await
    }

    /// Like [`poll_io_moved`](Self::poll_io_moved), for any number of tasks at once.
    #[doc(hidden)]
    pub fn async_io_moved<O>(
        &self,
        direction: Direction,
        operation: O,
    ) -> impl Future<Output = io::Result<usize>>
    where
        O: FnMut(&T) -> io::Result<Moved>,
    {
        Moving {
            place: Place::new(self),
            direction,
            operation,
        }
    }

    /// Waits until a connection attempt in progress has succeeded or failed, according to `ask`,
    /// which returns the socket's pending error, or whether it has a peer.
    ///
    /// Writability alone does not prove this: other code can set the readiness, and there are
    /// events (for example, a timestamp to be fetched) that are not the end of the attempt.
    #[doc(hidden)]
    pub fn poll_connected(
        &self,
        cx: &mut Context<'_>,
        ask: impl Fn(&T) -> io::Result<()>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.poll_write_ready(cx))?;
            match ask(self.get_ref()) {
                // Not yet, unless the connection has already been hung up.
                Err(error)
                    if error.kind() == io::ErrorKind::NotConnected
                        && !guard.ready().is_write_closed() =>
                {
                    guard.clear_ready();
                }
                outcome => return Poll::Ready(outcome),
            }
        }
    }

    /// Waits by `wait` and runs the operation, until it returns something other than `WouldBlock`.
    /// The operation is given the readiness, and returns what a success has used up of it.
    #[inline]
    fn attempt<R>(
        &self,
        interest: Interest,
        cx: &mut Context<'_>,
        mut wait: impl FnMut(&Context<'_>) -> Poll<io::Result<ReadyEvent>>,
        mut operation: impl FnMut(&T, Ready) -> io::Result<(R, Option<Ready>)>,
    ) -> Poll<io::Result<R>> {
        loop {
            let event = ready!(wait(cx))?;
            // Only once the descriptor is ready: waiting spends no budget.
            let progress = ready!(poll_proceed(cx));
            match operation(self.get_ref(), event.ready()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.clear(interest, event);
                }
                Err(error) => {
                    progress.made();
                    return Poll::Ready(Err(error));
                }
                Ok((value, used_up)) => {
                    progress.made();
                    // The readiness that the peer has closed is kept.
                    if let Some(used_up) = used_up {
                        self.clear_and_rearm(event, used_up);
                    }
                    return Poll::Ready(Ok(value));
                }
            }
        }
    }

    /// Like [`attempt`](Self::attempt), for a read or a write.
    #[inline]
    fn attempt_move(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        wait: impl FnMut(&Context<'_>) -> Poll<io::Result<ReadyEvent>>,
        mut operation: impl FnMut(&T) -> io::Result<Moved>,
    ) -> Poll<io::Result<usize>> {
        self.attempt(direction.into(), cx, wait, |fd, ready| {
            let moved = operation(fd)?;
            let used_up = moved.used_up(direction, ready, || self.kind());
            Ok((moved.count(), used_up))
        })
    }

    /// Clears the readiness of an operation that would block, "closed" included.
    // Kept out of line, since the loop usually runs only once.
    #[inline(never)]
    fn clear(&self, interest: Interest, event: ReadyEvent) {
        self.clear_and_rearm(event, interest.used_up());
    }
}

/// A read or a write that is attempted whenever the descriptor is ready. An `async fn` would first
/// copy all of it.
struct Moving<'a, T: AsSource, O> {
    place: Place<'a, T>,
    direction: Direction,
    operation: O,
}

/// No field is pinned.
impl<T: AsSource, O> Unpin for Moving<'_, T, O> {}

impl<T, O> Future for Moving<'_, T, O>
where
    T: AsSource,
    O: FnMut(&T) -> io::Result<Moved>,
{
    type Output = io::Result<usize>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Self {
            place,
            direction,
            operation,
        } = self.get_mut();
        let (fd, direction) = (place.fd(), *direction);
        let wait = |cx: &Context<'_>| place.poll_ready(direction.into(), cx);
        fd.attempt_move(direction, cx, wait, operation)
    }
}
