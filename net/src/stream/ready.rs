//! What is not reading or writing: waiting for readiness, operations of the user's own, and the
//! addresses that a half shares with its stream.

/// Gives a stream or socket the methods that wait for any readiness, and those for operations of
/// the user's own. `$io` is the path of the function that gives its `AsyncFd`.
macro_rules! ready_methods {
    ($Type:ty, $io:path) => {
        impl $Type {
            /// Waits until it is ready for some of `interest`, and tells for what.
            ///
            /// It may return early, so what is tried next can still find nothing to do. Then wait
            /// again.
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
            /// Through [`AsFd`](std::os::fd::AsFd) the descriptor is open to any system call. This
            /// tries it only when it is ready, and notes when it is no longer: the closure answers
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) just if the system call has done so,
            /// and touches the descriptor by no method of this type.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if it is not ready (then the closure
            /// is not called), or what the closure returns.
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
            /// What the closure returns, unless that is
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock); then it waits and calls it again.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe if the operation is: what it returns is returned from the same poll.
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

/// Gives `$Half` what it has in common with the other half.
macro_rules! half_methods {
    ($Half:ty, $io:path) => {
        impl<S: ByteStream> $Half {
            /// Waits until the stream is ready for some of `interest`, and tells for what; see
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

            /// The address of this end.
            ///
            /// # Errors
            ///
            /// What the system's `getsockname` reports.
            pub fn local_addr(&self) -> std::io::Result<S::Addr> {
                AsRef::<S>::as_ref(self).local_addr()
            }

            /// The address of the other end.
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
