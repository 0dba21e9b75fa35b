//! What is not reading or writing: waiting for readiness, operations of the user's own, and the
//! addresses that a half shares with its stream.

/// Gives a stream the methods that wait for any readiness.
///
/// `$io` is the path of the function that gives its `AsyncFd`; `$pair` makes a connected `stream`
/// in the examples, with the bytes "hello" on their way to it.
macro_rules! ready_methods {
    ($Type:ty, $io:path, $pair:literal) => {
        impl $Type {
            $crate::stream::ready::ready_method!($io, $pair);

            $crate::stream::ready::io_methods!(
                $io,
                "socket",
                $pair,
                "\
let sent = stream.try_io(Interest::WRITABLE, || {
    Ok(rustix::net::send(&stream, b\"hello\", rustix::net::SendFlags::MORE)?)
})?;
assert_eq!(sent, 5);",
                "\
let mut buf = [0; 5];
let waitall = rustix::net::RecvFlags::WAITALL;
stream
    .async_io(Interest::READABLE, || {
        Ok(rustix::net::recv(&stream, &mut buf, waitall)?)
    })
    .await?;
# assert_eq!(&buf, b\"hello\");"
            );
        }
    };
}

/// The method `ready`.
macro_rules! ready_method {
    ($io:path, $pair:literal) => {
        /// Waits until the stream is ready for some of `interest`, and tells for what.
        ///
        /// It may return early, so what is tried next can still find nothing to do. Then wait
        /// again.
        ///
        /// # Errors
        ///
        /// Fails when the runtime of the stream has shut down.
        ///
        /// # Cancellation safety
        ///
        /// Cancel safe: readiness lasts until an operation finds nothing to do.
        ///
        /// # Examples
        ///
        /// ```
        /// use heist::io::Interest;
        ///
        /// # #[heist::main]
        /// # async fn main() -> std::io::Result<()> {
        #[doc = $pair]
        /// let ready = stream.ready(Interest::READABLE | Interest::WRITABLE).await?;
        /// if ready.is_readable() {
        ///     // Try to read …
        /// }
        /// if ready.is_writable() {
        ///     // … and to write.
        /// }
        /// # assert!(!ready.is_empty());
        /// # Ok(())
        /// # }
        /// ```
        pub async fn ready(
            &self,
            interest: heist_runtime::io::Interest,
        ) -> std::io::Result<heist_runtime::io::Ready> {
            Ok($io(self).ready(interest).await?.ready())
        }
    };
}

/// The methods `try_io` and `async_io`, of what is said to be a `$what`: a "socket" or a "pipe".
///
/// `$try_it` and `$await_it` go on with the `stream` of `$pair` in the examples.
macro_rules! io_methods {
    ($io:path, $what:literal, $pair:literal, $try_it:literal, $await_it:literal) => {
        #[doc = concat!("Tries an operation of yours on the ", $what, ", without waiting.")]
        ///
        #[doc = concat!("Through [`AsFd`](std::os::fd::AsFd) the ", $what, " is open to any system")]
        #[doc = concat!("call. This tries it only when the ", $what, " is ready, and notes when it")]
        /// is no longer: the closure answers [`WouldBlock`](std::io::ErrorKind::WouldBlock) just if
        #[doc = concat!("the system call has done so, and touches the ", $what, " by no method of")]
        /// this type.
        ///
        /// # Errors
        ///
        #[doc = concat!("[`WouldBlock`](std::io::ErrorKind::WouldBlock) if the ", $what, " is not")]
        /// ready (then the closure is not called), or what the closure returns.
        ///
        /// # Examples
        ///
        /// ```
        /// use heist::io::Interest;
        ///
        /// # #[cfg(unix)]
        /// # #[heist::main]
        /// # async fn main() -> std::io::Result<()> {
        #[doc = $pair]
        #[doc = $try_it]
        /// # Ok(())
        /// # }
        /// # #[cfg(not(unix))]
        /// # fn main() {}
        /// ```
        pub fn try_io<R>(
            &self,
            interest: heist_runtime::io::Interest,
            operation: impl FnOnce() -> std::io::Result<R>,
        ) -> std::io::Result<R> {
            $io(self).try_io(interest, |_| operation())
        }

        #[doc = concat!("Waits until an operation of yours on the ", $what, " succeeds or fails; see")]
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
        /// ```
        /// use heist::io::Interest;
        ///
        /// # #[cfg(unix)]
        /// # #[heist::main]
        /// # async fn main() -> std::io::Result<()> {
        #[doc = $pair]
        #[doc = $await_it]
        /// # Ok(())
        /// # }
        /// # #[cfg(not(unix))]
        /// # fn main() {}
        /// ```
        pub async fn async_io<R>(
            &self,
            interest: heist_runtime::io::Interest,
            mut operation: impl FnMut() -> std::io::Result<R>,
        ) -> std::io::Result<R> {
            $io(self).async_io(interest, |_| operation()).await
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

pub(crate) use {half_methods, io_methods, ready_method, ready_methods};
