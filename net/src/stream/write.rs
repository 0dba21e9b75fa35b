//! The methods that write, for each type that can be written.

/// Implements the methods that write for a [`WriteSide`](super::sealed::WriteSide).
macro_rules! write_methods {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> $Type {
            /// Writes as much of `buf` as there is room for, waiting for some, and returns how many
            /// bytes were written.
            ///
            /// Any number of tasks may wait, but their writes may be interleaved.
            ///
            /// # Errors
            ///
            /// Whatever the system reports, such as a broken pipe once the peer is gone.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: nothing was written if the future is dropped before it is ready. (The
            /// `write_all` of `AsyncWriteExt` is not: it may have written a part.)
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub async fn write(&self, buf: &[u8]) -> std::io::Result<usize> {
                let io = $crate::stream::sealed::WriteSide::write_io(self);
                let write = |fd: &_| $crate::stream::sealed::WriteFd::write(fd, buf);
                io.async_io_moved(heist_runtime::io::Direction::Write, write).await
            }

            /// Waits until a write can probably make progress: there is room, or an error.
            ///
            /// It may return early, and [`try_write`](Self::try_write) may still find no room: then
            /// wait again.
            ///
            /// # Errors
            ///
            /// Fails when the runtime of the stream has shut down.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: readiness lasts until a write finds no room.
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub async fn writable(&self) -> std::io::Result<()> {
                let io = $crate::stream::sealed::WriteSide::write_io(self);
                io.writable().await.map(drop)
            }

            /// The polling form of [`writable`](Self::writable), for hand-written futures.
            ///
            /// Only the task that polled last is woken. The writes of `AsyncWrite` share that slot.
            ///
            /// # Errors
            ///
            /// The same as those of [`writable`](Self::writable).
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub fn poll_write_ready(
                &self,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let io = $crate::stream::sealed::WriteSide::write_io(self);
                io.poll_write_ready(cx).map_ok(drop)
            }

            /// Writes as much of `buf` as there is room for, without waiting.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is no room; otherwise as
            /// [`write`](Self::write).
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
                let io = $crate::stream::sealed::WriteSide::write_io(self);
                io.try_io(heist_runtime::io::Interest::WRITABLE, |fd| {
                    let moved = $crate::stream::sealed::WriteFd::write(fd, buf)?;
                    Ok(moved.count())
                })
            }

            /// Writes as much of `bufs`, in order, as there is room for, without waiting.
            ///
            /// # Errors
            ///
            /// The same as those of [`try_write`](Self::try_write).
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub fn try_write_vectored(
                &self,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::io::Result<usize> {
                let io = $crate::stream::sealed::WriteSide::write_io(self);
                io.try_io(heist_runtime::io::Interest::WRITABLE, |fd| {
                    let moved = $crate::stream::sealed::WriteFd::write_vectored(fd, bufs)?;
                    Ok(moved.count())
                })
            }
        }
    };
}

pub(crate) use write_methods;
