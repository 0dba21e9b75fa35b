//! What UDP and Unix datagram sockets share. `$addr` makes the type's kind of address of socket2's.

/// Sending to the connected peer, and receiving.
macro_rules! datagram_methods {
    ($Addr:ty, $addr:expr, $readable:expr) => {
        readiness_methods!();
        readable_methods!(poll_recv_ready);
        writable_methods!(poll_send_ready);
        user_io_methods!();
        try_read_buf_method!(try_recv_buf);

        /// Sends to the peer that it is connected to. Cancel safe.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
            self.io
                .async_io(Interest::WRITABLE, |io| io.send(buf))
                .await
        }

        /// Polls for having sent to the peer that it is connected to.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub fn poll_send(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            self.io.poll_write_io(cx, |io| io.send(buf))
        }

        /// Sends to the peer that it is connected to, without waiting.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: there is no room.
        pub fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
            self.io.try_io(Interest::WRITABLE, |io| io.send(buf))
        }

        /// Receives from the peer that it is connected to. Cancel safe.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
            self.io.async_io($readable, |io| io.recv(buf)).await
        }

        /// Polls for a datagram from the peer that it is connected to.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub fn poll_recv(
            &self,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let n = ready!(self.io.poll_read_io(cx, |io| {
                // SAFETY: `recv` initializes what it counts, and leaves the rest alone.
                SockRef::from(io).recv(unsafe { buf.unfilled_mut() })
            }))?;
            // SAFETY: `n` bytes have been received into it.
            unsafe { buf.assume_init(n) };
            buf.advance(n);
            Poll::Ready(Ok(()))
        }

        /// Receives from the peer that it is connected to, without waiting.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: nothing is there.
        pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
            self.io.try_io(Interest::READABLE, |io| io.recv(buf))
        }

        /// Receives to the end of a buffer. Cancel safe.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        #[cfg(feature = "io-util")]
        pub async fn recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> io::Result<usize> {
            self.io
                .async_io($readable, |io| {
                    let recv =
                        |room: &mut [MaybeUninit<u8>]| Ok((SockRef::from(io).recv(room)?, ()));
                    // SAFETY: what `recv` counts is initialized.
                    Ok(unsafe { read_into(buf, recv) }?.0)
                })
                .await
        }

        /// Receives from anybody. Cancel safe.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, $Addr)> {
            self.io
                .async_io($readable, |io| recv_from(io, buf, $addr))
                .await
        }

        /// Polls for a datagram from anybody.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub fn poll_recv_from(
            &self,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<$Addr>> {
            let (n, from) = ready!(self.io.poll_read_io(cx, |io| {
                // SAFETY: `recv_from` initializes what it counts, and leaves the rest alone.
                SockRef::from(io).recv_from(unsafe { buf.unfilled_mut() })
            }))?;
            // SAFETY: `n` bytes have been received into it.
            unsafe { buf.assume_init(n) };
            buf.advance(n);
            Poll::Ready($addr(from))
        }

        /// Receives from anybody, without waiting.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: nothing is there.
        pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, $Addr)> {
            self.io
                .try_io(Interest::READABLE, |io| recv_from(io, buf, $addr))
        }

        /// Receives from anybody to the end of a buffer. Cancel safe.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        #[cfg(feature = "io-util")]
        pub async fn recv_buf_from<B: bytes::BufMut>(
            &self,
            buf: &mut B,
        ) -> io::Result<(usize, $Addr)> {
            self.io
                .async_io($readable, |io| {
                    let recv = |room: &mut [MaybeUninit<u8>]| SockRef::from(io).recv_from(room);
                    // SAFETY: what `recv_from` counts is initialized.
                    let (n, from) = unsafe { read_into(buf, recv) }?;
                    Ok((n, $addr(from)?))
                })
                .await
        }

        /// Receives from anybody to the end of a buffer, without waiting.
        ///
        /// # Errors
        ///
        /// `WouldBlock`: nothing is there.
        #[cfg(feature = "io-util")]
        pub fn try_recv_buf_from<B: bytes::BufMut>(
            &self,
            buf: &mut B,
        ) -> io::Result<(usize, $Addr)> {
            self.io.try_io(Interest::READABLE, |io| {
                let recv = |room: &mut [MaybeUninit<u8>]| SockRef::from(io).recv_from(room);
                // SAFETY: what `recv_from` counts is initialized.
                let (n, from) = unsafe { read_into(buf, recv) }?;
                Ok((n, $addr(from)?))
            })
        }

        /// The socket's pending error, which is taken away.
        ///
        /// # Errors
        ///
        /// What the operating system answered.
        pub fn take_error(&self) -> io::Result<Option<io::Error>> {
            self.io.take_error()
        }
    };
}
