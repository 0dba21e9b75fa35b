//! The methods that UDP and Unix datagram sockets share. `$addr` converts socket2's addresses to
//! the type's own.

/// Sending to the connected peer, and receiving.
macro_rules! datagram_methods {
    ($Addr:ty, $addr:expr, $readable:expr) => {
        readiness_methods!();
        readable_methods!(poll_recv_ready);
        writable_methods!(poll_send_ready);
        user_io_methods!();
        try_read_buf_method!(try_recv_buf);

        /// Sends to the connected peer. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
            self.io
                .async_io(Interest::WRITABLE, |io| io.send(buf))
                .await
        }

        /// Polls sending to the connected peer.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub fn poll_send(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            self.io.poll_write_io(cx, |io| io.send(buf))
        }

        /// Sends to the connected peer, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is no room.
        pub fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
            self.io.try_io(Interest::WRITABLE, |io| io.send(buf))
        }

        /// Receives from the connected peer. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
            self.io.async_io($readable, |io| io.recv(buf)).await
        }

        /// Polls for a datagram from the connected peer.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub fn poll_recv(
            &self,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let n = ready!(self.io.poll_read_io(cx, |io| {
                // SAFETY: `recv` initializes the bytes that it counts, and leaves the rest alone.
                SockRef::from(io).recv(unsafe { buf.unfilled_mut() })
            }))?;
            // SAFETY: `n` bytes have been received into it.
            unsafe { buf.assume_init(n) };
            buf.advance(n);
            Poll::Ready(Ok(()))
        }

        /// Receives from the connected peer, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is nothing to receive.
        pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
            self.io.try_io(Interest::READABLE, |io| io.recv(buf))
        }

        /// Receives a datagram and appends it to a buffer. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        #[cfg(feature = "io-util")]
        pub async fn recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> io::Result<usize> {
            self.io
                .async_io($readable, |io| {
                    let recv =
                        |room: &mut [MaybeUninit<u8>]| Ok((SockRef::from(io).recv(room)?, ()));
                    // SAFETY: the bytes that `recv` counts are initialized.
                    Ok(unsafe { read_into(buf, recv) }?.0)
                })
                .await
        }

        /// Receives from any sender. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, $Addr)> {
            self.io
                .async_io($readable, |io| recv_from(io, buf, $addr))
                .await
        }

        /// Polls for a datagram from any sender.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub fn poll_recv_from(
            &self,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<$Addr>> {
            let (n, from) = ready!(self.io.poll_read_io(cx, |io| {
                // SAFETY: `recv_from` initializes the bytes that it counts, and leaves the rest
                // alone.
                SockRef::from(io).recv_from(unsafe { buf.unfilled_mut() })
            }))?;
            // SAFETY: `n` bytes have been received into it.
            unsafe { buf.assume_init(n) };
            buf.advance(n);
            Poll::Ready($addr(from))
        }

        /// Receives from any sender, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is nothing to receive.
        pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, $Addr)> {
            self.io
                .try_io(Interest::READABLE, |io| recv_from(io, buf, $addr))
        }

        /// Receives a datagram from any sender and appends it to a buffer. Cancel safe.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        #[cfg(feature = "io-util")]
        pub async fn recv_buf_from<B: bytes::BufMut>(
            &self,
            buf: &mut B,
        ) -> io::Result<(usize, $Addr)> {
            self.io
                .async_io($readable, |io| {
                    let recv = |room: &mut [MaybeUninit<u8>]| SockRef::from(io).recv_from(room);
                    // SAFETY: the bytes that `recv_from` counts are initialized.
                    let (n, from) = unsafe { read_into(buf, recv) }?;
                    Ok((n, $addr(from)?))
                })
                .await
        }

        /// Receives a datagram from any sender and appends it to a buffer, without waiting.
        ///
        /// # Errors
        ///
        /// Returns `WouldBlock` if there is nothing to receive.
        #[cfg(feature = "io-util")]
        pub fn try_recv_buf_from<B: bytes::BufMut>(
            &self,
            buf: &mut B,
        ) -> io::Result<(usize, $Addr)> {
            self.io.try_io(Interest::READABLE, |io| {
                let recv = |room: &mut [MaybeUninit<u8>]| SockRef::from(io).recv_from(room);
                // SAFETY: the bytes that `recv_from` counts are initialized.
                let (n, from) = unsafe { read_into(buf, recv) }?;
                Ok((n, $addr(from)?))
            })
        }

        /// Returns the socket's pending error and clears it.
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        pub fn take_error(&self) -> io::Result<Option<io::Error>> {
            self.io.take_error()
        }
    };
}
