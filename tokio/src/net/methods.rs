//! What many kinds of socket share. In each type's place they stand as methods of its own, as
//! tokio's do; the type has a field `io`, an `Evented`.

/// Waiting for readiness.
macro_rules! readiness_methods {
    () => {
        /// Waits until the socket is ready for `interest`, and says for what. Cancel safe.
        ///
        /// # Errors
        ///
        /// When the runtime has ended.
        pub async fn ready(
            &self,
            interest: crate::io::Interest,
        ) -> std::io::Result<crate::io::Ready> {
            self.io.ready(interest).await
        }
    };
}

/// Waiting for it to become readable.
macro_rules! readable_methods {
    ($poll_ready:ident) => {
        /// Waits until it is readable. Cancel safe.
        ///
        /// # Errors
        ///
        /// When the runtime has ended.
        pub async fn readable(&self) -> std::io::Result<()> {
            self.ready(crate::io::Interest::READABLE).await.map(drop)
        }

        /// Polls for it to become readable. The last task that polled is woken.
        ///
        /// # Errors
        ///
        /// When the runtime has ended.
        pub fn $poll_ready(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.io.poll_read_ready(cx)
        }
    };
}

/// Waiting for it to become writable.
macro_rules! writable_methods {
    ($poll_ready:ident) => {
        /// Waits until it is writable. Cancel safe.
        ///
        /// # Errors
        ///
        /// When the runtime has ended.
        pub async fn writable(&self) -> std::io::Result<()> {
            self.ready(crate::io::Interest::WRITABLE).await.map(drop)
        }

        /// Polls for it to become writable. The last task that polled is woken.
        ///
        /// # Errors
        ///
        /// When the runtime has ended.
        pub fn $poll_ready(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.io.poll_write_ready(cx)
        }
    };
}

/// Operations of the user's on the descriptor.
macro_rules! user_io_methods {
    () => {
        /// Tries an operation of the user's, if the socket is ready for it.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: it is not ready, or the operation says so. Else as the operation.
        pub fn try_io<R>(
            &self,
            interest: crate::io::Interest,
            f: impl FnOnce() -> std::io::Result<R>,
        ) -> std::io::Result<R> {
            self.io.try_io(interest, |_| f())
        }

        /// Awaits an operation of the user's: it is tried whenever the socket is ready for it.
        ///
        /// # Errors
        ///
        /// As the operation, but for `WouldBlock`.
        pub async fn async_io<R>(
            &self,
            interest: crate::io::Interest,
            mut f: impl FnMut() -> std::io::Result<R>,
        ) -> std::io::Result<R> {
            self.io.async_io(interest, |_| f()).await
        }
    };
}

/// Reading a stream without waiting.
macro_rules! try_read_methods {
    () => {
        /// Reads what is there.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: nothing is.
        pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
            use std::io::Read;
            self.io
                .try_io(crate::io::Interest::READABLE, |mut io| io.read(buf))
        }

        /// Reads what is there into several buffers.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: nothing is.
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

/// Reading a socket into a growing buffer without waiting.
macro_rules! try_read_buf_method {
    ($name:ident) => {
        /// Reads what is there to the end of a buffer.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: nothing is.
        #[cfg(feature = "io-util")]
        pub fn $name<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
            self.io.try_io(crate::io::Interest::READABLE, |io| {
                let read = |room: &mut [std::mem::MaybeUninit<u8>]| {
                    Ok((socket2::SockRef::from(io).recv(room)?, ()))
                };
                // SAFETY: what `recv` counts is initialized.
                Ok(unsafe { crate::evented::read_into(buf, read) }?.0)
            })
        }
    };
}

/// Writing a stream without waiting.
macro_rules! try_write_methods {
    () => {
        /// Writes as much as there is room for.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: there is none.
        pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
            use std::io::Write;
            self.io
                .try_io(crate::io::Interest::WRITABLE, |mut io| io.write(buf))
        }

        /// Writes as much of several buffers as there is room for.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: there is none.
        pub fn try_write_vectored(&self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
            use std::io::Write;
            self.io.try_io(crate::io::Interest::WRITABLE, |mut io| {
                io.write_vectored(bufs)
            })
        }
    };
}

/// The I/O traits of a stream socket, and what its halves call.
macro_rules! stream_traits {
    ($Stream:ident) => {
        impl $Stream {
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
                    // The other end was faster.
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

/// From and to std's type, and what the descriptor is for the system.
macro_rules! std_conversions {
    ($Type:ident, $Std:ty) => {
        impl $Type {
            /// Takes over std's socket, which must not block.
            ///
            /// # Errors
            ///
            /// What the operating system answered.
            ///
            /// # Panics
            ///
            /// Outside a runtime; and in debug builds, if it blocks.
            #[track_caller]
            pub fn from_std(std: $Std) -> std::io::Result<Self> {
                Ok(Self {
                    io: crate::net::Evented::from_user(std)?,
                })
            }

            /// Gives std's socket back, which does not block.
            ///
            /// # Errors
            ///
            /// None today.
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

        /// As [`from_std`](Self::from_std).
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

/// What the descriptor in the field `io` is for the system.
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

/// Options that several kinds of IP socket have, by socket2.
macro_rules! ip_options {
    () => {
        /// `IPV6_TCLASS`.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
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
        /// What the operating system answered.
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

        /// `IP_TOS`.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub fn tos_v4(&self) -> std::io::Result<u32> {
            socket2::SockRef::from(self).tos_v4()
        }

        /// As [`tos_v4`](Self::tos_v4).
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        #[deprecated = "`tos` related methods have been renamed `tos_v4` since they are IPv4 only."]
        pub fn tos(&self) -> std::io::Result<u32> {
            self.tos_v4()
        }

        /// Sets `IP_TOS`.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub fn set_tos_v4(&self, tos: u32) -> std::io::Result<()> {
            socket2::SockRef::from(self).set_tos_v4(tos)
        }

        /// As [`set_tos_v4`](Self::set_tos_v4).
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        #[deprecated = "`tos` related methods have been renamed `tos_v4` since they are IPv4 only."]
        pub fn set_tos(&self, tos: u32) -> std::io::Result<()> {
            self.set_tos_v4(tos)
        }

        /// The interface it is bound to (`SO_BINDTODEVICE`).
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        pub fn device(&self) -> std::io::Result<Option<Vec<u8>>> {
            socket2::SockRef::from(self).device()
        }

        /// Binds it to an interface (`SO_BINDTODEVICE`).
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        pub fn bind_device(&self, interface: Option<&[u8]>) -> std::io::Result<()> {
            socket2::SockRef::from(self).bind_device(interface)
        }
    };
}
