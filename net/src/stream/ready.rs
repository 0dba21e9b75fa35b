//! Everything but reading and writing: waiting for readiness, operations of the user's own, and the
//! addresses that a half shares with its stream.

/// Implements the methods that wait for any readiness, and those for operations of the user's own.
/// `$io` is the path of the function that returns the `AsyncFd`.
macro_rules! ready_methods {
    ($Type:ty, $io:path) => {
        impl $Type {
            /// Waits until the descriptor is ready for some of `interest`, and returns for what.
            ///
            /// It may return early, and the operation that follows may still find nothing to do:
            /// then wait again.
            ///
            /// # Errors
            ///
            /// Fails when its runtime has shut down.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: readiness lasts until an operation finds nothing to do.
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub async fn ready(
                &self,
                interest: heist_runtime::io::Interest,
            ) -> std::io::Result<heist_runtime::io::Ready> {
                Ok($io(self).ready(interest).await?.ready())
            }

            /// Tries an operation of yours on the descriptor, without waiting.
            ///
            /// [`AsFd`](std::os::fd::AsFd) opens the descriptor to any system call. This method
            /// tries it only when the descriptor is ready, and records when it no longer is. The
            /// closure must return [`WouldBlock`](std::io::ErrorKind::WouldBlock) only if the
            /// system call did, and must not use the descriptor by any method of this type.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if the descriptor is not ready (then
            /// the closure is not called); otherwise whatever the closure returns.
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub fn try_io<R>(
                &self,
                interest: heist_runtime::io::Interest,
                operation: impl FnOnce() -> std::io::Result<R>,
            ) -> std::io::Result<R> {
                $io(self).try_io(interest, |_| operation())
            }

            /// Waits until an operation of yours on the descriptor succeeds or fails; see
            /// [`try_io`](Self::try_io).
            ///
            /// # Errors
            ///
            /// Whatever the closure returns, except [`WouldBlock`](std::io::ErrorKind::WouldBlock);
            /// then it waits and calls the closure again.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe if the operation is: its result is returned from the same poll.
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub async fn async_io<R>(
                &self,
                interest: heist_runtime::io::Interest,
                mut operation: impl FnMut() -> std::io::Result<R>,
            ) -> std::io::Result<R> {
                $io(self).async_io(interest, |_| operation()).await
            }
        }
    };
}

/// Implements what both halves have in common.
macro_rules! half_methods {
    ($Half:ty, $io:path) => {
        impl<S: ByteStream> $Half {
            /// Waits until the stream is ready for some of `interest`, and returns for what; see
            /// [`TcpStream::ready`](crate::TcpStream::ready), also for an example.
            ///
            /// # Errors
            ///
            /// Fails when the runtime of the stream has shut down.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: readiness lasts until an operation finds nothing to do.
            pub async fn ready(
                &self,
                interest: heist_runtime::io::Interest,
            ) -> std::io::Result<heist_runtime::io::Ready> {
                Ok($io(self).ready(interest).await?.ready())
            }

            /// Returns the address of this end.
            ///
            /// # Errors
            ///
            /// Whatever the system's `getsockname` reports.
            pub fn local_addr(&self) -> std::io::Result<S::Addr> {
                AsRef::<S>::as_ref(self).local_addr()
            }

            /// Returns the address of the other end.
            ///
            /// # Errors
            ///
            /// [`NotConnected`](std::io::ErrorKind::NotConnected) once the connection was reset.
            pub fn peer_addr(&self) -> std::io::Result<S::Addr> {
                AsRef::<S>::as_ref(self).peer_addr()
            }
        }
    };
}

pub(crate) use {half_methods, ready_methods};
