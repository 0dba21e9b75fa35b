//! The owned halves of a `TcpStream`.

use crate::io::ReadBuf;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

owned_halves!(TcpStream, SocketAddr);

impl OwnedReadHalf {
    /// Reads the next bytes without removing them. Only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn poll_peek(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        self.inner.poll_peek(cx, buf)
    }

    /// Reads the next bytes without removing them. Cancel safe.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn peek(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.peek(buf).await
    }
}
