//! The two halves of a stream socket, borrowed and owned. Each half exposes the stream's methods
//! for its direction.

/// `ReadHalf` and `WriteHalf`, which borrow the stream.
macro_rules! borrowed_halves {
    ($Stream:ident, $Addr:ty) => {
        use crate::io::{Interest, Ready};

        /// The reading half; from [`split`](super::$Stream::split).
        #[derive(Debug)]
        pub struct ReadHalf<'a>(pub(super) &'a super::$Stream);

        /// The writing half; from [`split`](super::$Stream::split). Its shutdown ends the stream's
        /// writing direction.
        #[derive(Debug)]
        pub struct WriteHalf<'a>(pub(super) &'a super::$Stream);

        impl ReadHalf<'_> {
            half_reads!(|this| this.0, $Addr);
        }

        impl WriteHalf<'_> {
            half_writes!(|this| this.0, $Addr);
        }

        half_traits!(ReadHalf<'_>, WriteHalf<'_>, $Stream, |this| this.0);
        write_traits!(WriteHalf<'_>, |half| half.0.io, |half| half
            .0
            .shutdown_write());
    };
}

/// `OwnedReadHalf` and `OwnedWriteHalf`, which share the stream.
macro_rules! owned_halves {
    ($Stream:ident, $Addr:ty) => {
        use crate::io::{Interest, Ready};
        use std::fmt;
        use std::sync::Arc;

        /// The reading half; from [`into_split`](super::$Stream::into_split).
        #[derive(Debug)]
        pub struct OwnedReadHalf {
            pub(super) inner: Arc<super::$Stream>,
        }

        /// The writing half; from [`into_split`](super::$Stream::into_split). Dropping it ends the
        /// stream's writing direction.
        #[derive(Debug)]
        pub struct OwnedWriteHalf {
            pub(super) inner: Arc<super::$Stream>,
            pub(super) shutdown_on_drop: bool,
        }

        /// The error of [`reunite`](OwnedReadHalf::reunite) for halves of different streams.
        #[derive(Debug)]
        pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

        impl fmt::Display for ReuniteError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tried to reunite halves that are not from the same socket")
            }
        }

        impl std::error::Error for ReuniteError {}

        impl OwnedReadHalf {
            /// Joins the halves to the original stream.
            ///
            /// # Errors
            ///
            /// Returns the halves if they are from different streams.
            pub fn reunite(self, other: OwnedWriteHalf) -> Result<super::$Stream, ReuniteError> {
                if !Arc::ptr_eq(&self.inner, &other.inner) {
                    return Err(ReuniteError(self, other));
                }
                other.forget();
                Ok(Arc::try_unwrap(self.inner).expect("the only other half was dropped"))
            }

            half_reads!(|this| this.inner, $Addr);
        }

        impl OwnedWriteHalf {
            /// Joins the halves to the original stream.
            ///
            /// # Errors
            ///
            /// Returns the halves if they are from different streams.
            pub fn reunite(self, other: OwnedReadHalf) -> Result<super::$Stream, ReuniteError> {
                other.reunite(self)
            }

            /// Drops the half without ending the stream's writing direction.
            pub fn forget(mut self) {
                self.shutdown_on_drop = false;
                drop(self);
            }

            fn shutdown_now(&mut self) -> std::io::Result<()> {
                let shut = self.inner.shutdown_write();
                if shut.is_ok() {
                    self.shutdown_on_drop = false;
                }
                shut
            }

            half_writes!(|this| this.inner, $Addr);
        }

        impl Drop for OwnedWriteHalf {
            fn drop(&mut self) {
                if self.shutdown_on_drop {
                    let _ = self.inner.shutdown_write();
                }
            }
        }

        half_traits!(OwnedReadHalf, OwnedWriteHalf, $Stream, |this| this.inner);
        write_traits!(OwnedWriteHalf, |half| half.inner.io, |half| half
            .shutdown_now());
    };
}

/// The methods of a reading half that are not trait methods.
macro_rules! half_reads {
    (|$this:ident| $stream:expr, $Addr:ty) => {
        half_both!(|$this| $stream, $Addr);

        /// Waits until the socket is readable. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns an error if the runtime has ended.
        pub async fn readable(&self) -> std::io::Result<()> {
            self.ready(Interest::READABLE).await.map(drop)
        }

        /// Reads the available bytes, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is nothing to read.
        pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
            let $this = self;
            $stream.try_read(buf)
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
            let $this = self;
            $stream.try_read_vectored(bufs)
        }

        /// Reads the available bytes and appends them to a buffer, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is nothing to read.
        #[cfg(feature = "io-util")]
        pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
            let $this = self;
            $stream.try_read_buf(buf)
        }
    };
}

/// The methods of a writing half that are not trait methods.
macro_rules! half_writes {
    (|$this:ident| $stream:expr, $Addr:ty) => {
        half_both!(|$this| $stream, $Addr);

        /// Waits until the socket is writable. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns an error if the runtime has ended.
        pub async fn writable(&self) -> std::io::Result<()> {
            self.ready(Interest::WRITABLE).await.map(drop)
        }

        /// Writes as many bytes as there is room for, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is no room.
        pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
            let $this = self;
            $stream.try_write(buf)
        }

        /// Writes as many bytes of several buffers as there is room for, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is no room.
        pub fn try_write_vectored(&self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
            let $this = self;
            $stream.try_write_vectored(bufs)
        }
    };
}

/// The methods of both halves.
macro_rules! half_both {
    (|$this:ident| $stream:expr, $Addr:ty) => {
        /// Waits until the socket is ready for `interest`, and returns its readiness. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns an error if the runtime has ended.
        pub async fn ready(&self, interest: Interest) -> std::io::Result<Ready> {
            let $this = self;
            $stream.ready(interest).await
        }

        /// Returns the address of the peer.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub fn peer_addr(&self) -> std::io::Result<$Addr> {
            let $this = self;
            $stream.peer_addr()
        }

        /// Returns the address of this end.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub fn local_addr(&self) -> std::io::Result<$Addr> {
            let $this = self;
            $stream.local_addr()
        }
    };
}

/// Implements `AsyncRead`, and access to the stream.
macro_rules! half_traits {
    ($Read:ty, $Write:ty, $Stream:ident, |$this:ident| $stream:expr) => {
        impl crate::io::AsyncRead for $Read {
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &mut crate::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let $this = &*self;
                $stream.poll_read_here(cx, buf)
            }
        }

        impl AsRef<super::$Stream> for $Read {
            fn as_ref(&self) -> &super::$Stream {
                let $this = self;
                &$stream
            }
        }

        impl AsRef<super::$Stream> for $Write {
            fn as_ref(&self) -> &super::$Stream {
                let $this = self;
                &$stream
            }
        }
    };
}
