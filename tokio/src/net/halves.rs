//! The two halves of a stream socket, borrowed and owned. Both kinds are the same stream, seen by
//! half of its methods.

/// `ReadHalf` and `WriteHalf`, which borrow the stream.
macro_rules! borrowed_halves {
    ($Stream:ident, $Addr:ty) => {
        use crate::io::{Interest, Ready};

        /// The half that reads; from [`split`](super::$Stream::split).
        #[derive(Debug)]
        pub struct ReadHalf<'a>(pub(super) &'a super::$Stream);

        /// The half that writes; from [`split`](super::$Stream::split). Its shutdown ends the
        /// stream's writing.
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

        /// The half that reads; from [`into_split`](super::$Stream::into_split).
        #[derive(Debug)]
        pub struct OwnedReadHalf {
            pub(super) inner: Arc<super::$Stream>,
        }

        /// The half that writes; from [`into_split`](super::$Stream::into_split). Its drop ends the
        /// stream's writing.
        #[derive(Debug)]
        pub struct OwnedWriteHalf {
            pub(super) inner: Arc<super::$Stream>,
            pub(super) shutdown_on_drop: bool,
        }

        /// The two halves that were to be made one are of different streams.
        #[derive(Debug)]
        pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

        impl fmt::Display for ReuniteError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tried to reunite halves that are not from the same socket")
            }
        }

        impl std::error::Error for ReuniteError {}

        fn reunite(
            read: OwnedReadHalf,
            write: OwnedWriteHalf,
        ) -> Result<super::$Stream, ReuniteError> {
            if !Arc::ptr_eq(&read.inner, &write.inner) {
                return Err(ReuniteError(read, write));
            }
            write.forget();
            Ok(Arc::try_unwrap(read.inner).expect("there are two halves, and one is gone"))
        }

        impl OwnedReadHalf {
            /// Makes one stream of two halves.
            ///
            /// # Errors
            ///
            /// If they are of different streams.
            pub fn reunite(self, other: OwnedWriteHalf) -> Result<super::$Stream, ReuniteError> {
                reunite(self, other)
            }

            half_reads!(|this| this.inner, $Addr);
        }

        impl OwnedWriteHalf {
            /// Makes one stream of two halves.
            ///
            /// # Errors
            ///
            /// If they are of different streams.
            pub fn reunite(self, other: OwnedReadHalf) -> Result<super::$Stream, ReuniteError> {
                reunite(other, self)
            }

            /// Drops the half without ending the stream's writing.
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

/// What a half that reads can do without the trait.
macro_rules! half_reads {
    (|$this:ident| $stream:expr, $Addr:ty) => {
        half_both!(|$this| $stream, $Addr);

        /// Waits until it is readable. Cancel safe.
        ///
        /// # Errors
        ///
        /// When the runtime has ended.
        pub async fn readable(&self) -> std::io::Result<()> {
            self.ready(Interest::READABLE).await.map(drop)
        }

        /// Reads what is there.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: nothing is.
        pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
            let $this = self;
            $stream.try_read(buf)
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
            let $this = self;
            $stream.try_read_vectored(bufs)
        }

        /// Reads what is there to the end of a buffer.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: nothing is.
        #[cfg(feature = "io-util")]
        pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
            let $this = self;
            $stream.try_read_buf(buf)
        }
    };
}

/// What a half that writes can do without the trait.
macro_rules! half_writes {
    (|$this:ident| $stream:expr, $Addr:ty) => {
        half_both!(|$this| $stream, $Addr);

        /// Waits until it is writable. Cancel safe.
        ///
        /// # Errors
        ///
        /// When the runtime has ended.
        pub async fn writable(&self) -> std::io::Result<()> {
            self.ready(Interest::WRITABLE).await.map(drop)
        }

        /// Writes as much as there is room for.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: there is none.
        pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
            let $this = self;
            $stream.try_write(buf)
        }

        /// Writes as much of several buffers as there is room for.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: there is none.
        pub fn try_write_vectored(&self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
            let $this = self;
            $stream.try_write_vectored(bufs)
        }
    };
}

/// What both halves can do.
macro_rules! half_both {
    (|$this:ident| $stream:expr, $Addr:ty) => {
        /// Waits until the socket is ready for `interest`, and says for what. Cancel safe.
        ///
        /// # Errors
        ///
        /// When the runtime has ended.
        pub async fn ready(&self, interest: Interest) -> std::io::Result<Ready> {
            let $this = self;
            $stream.ready(interest).await
        }

        /// The other end's address.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub fn peer_addr(&self) -> std::io::Result<$Addr> {
            let $this = self;
            $stream.peer_addr()
        }

        /// This end's address.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub fn local_addr(&self) -> std::io::Result<$Addr> {
            let $this = self;
            $stream.local_addr()
        }
    };
}

/// Reading, and the stream itself.
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
