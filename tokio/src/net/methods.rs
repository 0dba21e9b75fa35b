//! Methods that many kinds of socket share. As in tokio, they are expanded as inherent methods of
//! each type, which has a field `io`, an `Evented`.

/// Waiting for readiness.
macro_rules! readiness_methods {
    () => {
        /// Waits until the socket is ready for `interest`, and returns its readiness. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns an error if the runtime has ended.
        pub async fn ready(
            &self,
            interest: crate::io::Interest,
        ) -> std::io::Result<crate::io::Ready> {
            self.io.ready(interest).await
        }
    };
}

/// Waiting until the socket is readable.
macro_rules! readable_methods {
    ($poll_ready:ident) => {
        /// Waits until the socket is readable. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns an error if the runtime has ended.
        pub async fn readable(&self) -> std::io::Result<()> {
            self.ready(crate::io::Interest::READABLE).await.map(drop)
        }

        /// Polls whether the socket is readable. Only the last task that polled is woken.
        ///
        /// # Errors
        ///
        /// Returns an error if the runtime has ended.
        pub fn $poll_ready(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.io.poll_read_ready(cx)
        }
    };
}

/// Waiting until the socket is writable.
macro_rules! writable_methods {
    ($poll_ready:ident) => {
        /// Waits until the socket is writable. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns an error if the runtime has ended.
        pub async fn writable(&self) -> std::io::Result<()> {
            self.ready(crate::io::Interest::WRITABLE).await.map(drop)
        }

        /// Polls whether the socket is writable. Only the last task that polled is woken.
        ///
        /// # Errors
        ///
        /// Returns an error if the runtime has ended.
        pub fn $poll_ready(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.io.poll_write_ready(cx)
        }
    };
}

/// Operations on the descriptor that the user provides.
macro_rules! user_io_methods {
    () => {
        /// Tries the user's operation, if the socket is ready for it.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if the socket is not ready or the operation would block, or another
        /// error of the operation.
        pub fn try_io<R>(
            &self,
            interest: crate::io::Interest,
            f: impl FnOnce() -> std::io::Result<R>,
        ) -> std::io::Result<R> {
            self.io.try_io(interest, |_| f())
        }

        /// Awaits the user's operation: it is tried whenever the socket is ready for it.
        ///
        /// # Errors
        ///
        /// Returns the error of the operation, except `WouldBlock`.
        pub async fn async_io<R>(
            &self,
            interest: crate::io::Interest,
            mut f: impl FnMut() -> std::io::Result<R>,
        ) -> std::io::Result<R> {
            self.io.async_io(interest, |_| f()).await
        }
    };
}

/// Reading from a stream without waiting.
macro_rules! try_read_methods {
    () => {
        /// Reads the available bytes, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is nothing to read.
        pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
            use std::io::Read;
            self.io
                .try_io(crate::io::Interest::READABLE, |mut io| io.read(buf))
        }

        /// Reads the available bytes into several buffers, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is nothing to read.
        pub fn try_read_vectored(
            &self,
            bufs: &mut [std::io::IoSliceMut<'_>],
        ) -> std::io::Result<usize> {
            use std::io::Read;
            self.io.try_io(crate::io::Interest::READABLE, |mut io| {
                io.read_vectored(bufs)
            })
        }
    };
}

/// Reading from a socket into a growing buffer without waiting.
macro_rules! try_read_buf_method {
    ($name:ident) => {
        /// Reads the available bytes and appends them to a buffer, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is nothing to read.
        #[cfg(feature = "io-util")]
        pub fn $name<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
            self.io.try_io(crate::io::Interest::READABLE, |io| {
                let read = |room: &mut [std::mem::MaybeUninit<u8>]| {
                    Ok((socket2::SockRef::from(io).recv(room)?, ()))
                };
                // SAFETY: the bytes that `recv` counts are initialized.
                Ok(unsafe { crate::evented::read_into(buf, read) }?.0)
            })
        }
    };
}

/// Writing to a stream without waiting.
macro_rules! try_write_methods {
    () => {
        /// Writes as many bytes as there is room for, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is no room.
        pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
            use std::io::Write;
            self.io
                .try_io(crate::io::Interest::WRITABLE, |mut io| io.write(buf))
        }

        /// Writes as many bytes of several buffers as there is room for, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is no room.
        pub fn try_write_vectored(&self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
            use std::io::Write;
            self.io.try_io(crate::io::Interest::WRITABLE, |mut io| {
                io.write_vectored(bufs)
            })
        }
    };
}

/// Implements the I/O traits of a stream socket, and the methods that its halves call.
macro_rules! stream_traits {
    ($Stream:ident) => {
        impl $Stream {
            /// Splits the stream into two halves that borrow it.
            pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
                (ReadHalf(self), WriteHalf(self))
            }

            /// Splits the stream into two halves that share its ownership.
            pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
                let inner = std::sync::Arc::new(self);
                let read = OwnedReadHalf {
                    inner: inner.clone(),
                };
                let write = OwnedWriteHalf {
                    inner,
                    shutdown_on_drop: true,
                };
                (read, write)
            }

            pub(super) fn poll_read_here(
                &self,
                cx: &mut std::task::Context<'_>,
                buf: &mut crate::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.io
                    .poll_read(cx, buf, |io, room| socket2::SockRef::from(io).recv(room))
            }

            pub(super) fn shutdown_write(&self) -> std::io::Result<()> {
                match self.io.shutdown(std::net::Shutdown::Write) {
                    // The other end has already closed the connection.
                    Err(error) if error.kind() == std::io::ErrorKind::NotConnected => Ok(()),
                    shut => shut,
                }
            }
        }

        impl crate::io::AsyncRead for $Stream {
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &mut crate::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.poll_read_here(cx, buf)
            }
        }

        write_traits!($Stream, |stream| stream.io, |stream| stream
            .shutdown_write());

        impl AsRef<Self> for $Stream {
            fn as_ref(&self) -> &Self {
                self
            }
        }
    };
}

/// Conversions from and to std's type, and access to the descriptor.
macro_rules! std_conversions {
    ($Type:ident, $Std:ty) => {
        impl $Type {
            /// Converts std's socket, which must be in non-blocking mode.
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            ///
            /// # Panics
            ///
            /// Panics if called outside a runtime, and in debug builds if the socket is in blocking
            /// mode.
            #[track_caller]
            pub fn from_std(std: $Std) -> std::io::Result<Self> {
                Ok(Self {
                    io: crate::net::Evented::from_user(std)?,
                })
            }

            /// Converts this to std's socket, in non-blocking mode.
            ///
            /// # Errors
            ///
            /// Returns no error at present.
            pub fn into_std(self) -> std::io::Result<$Std> {
                Ok(self.io.into_inner())
            }

            #[allow(dead_code)]
            #[track_caller]
            pub(super) fn from_nonblocking(std: $Std) -> std::io::Result<Self> {
                Ok(Self {
                    io: crate::net::Evented::new(std)?,
                })
            }

            #[allow(dead_code)]
            #[track_caller]
            pub(super) fn from_connected(std: $Std) -> std::io::Result<Self> {
                Ok(Self {
                    io: crate::net::Evented::connected(std)?,
                })
            }
        }

        /// Like [`from_std`](Self::from_std).
        impl TryFrom<$Std> for $Type {
            type Error = std::io::Error;

            fn try_from(std: $Std) -> std::io::Result<Self> {
                Self::from_std(std)
            }
        }

        impl std::fmt::Debug for $Type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.io.fmt(f)
            }
        }

        raw_descriptor!($Type);
    };
}

/// Access to the descriptor in the field `io`.
macro_rules! raw_descriptor {
    ($Type:ident) => {
        #[cfg(unix)]
        impl std::os::fd::AsFd for $Type {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                std::os::fd::AsFd::as_fd(&*self.io)
            }
        }

        #[cfg(unix)]
        impl std::os::fd::AsRawFd for $Type {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                std::os::fd::AsRawFd::as_raw_fd(&*self.io)
            }
        }

        #[cfg(windows)]
        impl std::os::windows::io::AsSocket for $Type {
            fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
                std::os::windows::io::AsSocket::as_socket(&*self.io)
            }
        }

        #[cfg(windows)]
        impl std::os::windows::io::AsRawSocket for $Type {
            fn as_raw_socket(&self) -> std::os::windows::io::RawSocket {
                std::os::windows::io::AsRawSocket::as_raw_socket(&*self.io)
            }
        }
    };
}

/// Options that several kinds of IP socket have, through socket2.
macro_rules! ip_options {
    () => {
        /// Returns `IPV6_TCLASS`.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        #[cfg(any(
            target_os = "android",
            target_os = "dragonfly",
            target_os = "freebsd",
            target_os = "fuchsia",
            target_os = "linux",
            target_os = "macos",
            target_os = "netbsd",
            target_os = "openbsd",
        ))]
        pub fn tclass_v6(&self) -> std::io::Result<u32> {
            socket2::SockRef::from(self).tclass_v6()
        }

        /// Sets `IPV6_TCLASS`.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        #[cfg(any(
            target_os = "android",
            target_os = "dragonfly",
            target_os = "freebsd",
            target_os = "fuchsia",
            target_os = "linux",
            target_os = "macos",
            target_os = "netbsd",
            target_os = "openbsd",
        ))]
        pub fn set_tclass_v6(&self, tclass: u32) -> std::io::Result<()> {
            socket2::SockRef::from(self).set_tclass_v6(tclass)
        }

        /// Returns `IP_TOS`.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub fn tos_v4(&self) -> std::io::Result<u32> {
            socket2::SockRef::from(self).tos_v4()
        }

        /// Like [`tos_v4`](Self::tos_v4).
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        #[deprecated = "`tos` related methods have been renamed `tos_v4` since they are IPv4 only."]
        pub fn tos(&self) -> std::io::Result<u32> {
            self.tos_v4()
        }

        /// Sets `IP_TOS`.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub fn set_tos_v4(&self, tos: u32) -> std::io::Result<()> {
            socket2::SockRef::from(self).set_tos_v4(tos)
        }

        /// Like [`set_tos_v4`](Self::set_tos_v4).
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        #[deprecated = "`tos` related methods have been renamed `tos_v4` since they are IPv4 only."]
        pub fn set_tos(&self, tos: u32) -> std::io::Result<()> {
            self.set_tos_v4(tos)
        }

        /// Returns the interface that the socket is bound to (`SO_BINDTODEVICE`).
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        pub fn device(&self) -> std::io::Result<Option<Vec<u8>>> {
            socket2::SockRef::from(self).device()
        }

        /// Binds the socket to an interface (`SO_BINDTODEVICE`).
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        pub fn bind_device(&self, interface: Option<&[u8]>) -> std::io::Result<()> {
            socket2::SockRef::from(self).bind_device(interface)
        }
    };
}
