//! The halves of a `TcpStream` that own it.

use crate::io::ReadBuf;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

owned_halves!(TcpStream, SocketAddr);

impl OwnedReadHalf {
    /// Reads what comes next, and leaves it there. The last task that polled is woken.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn poll_peek(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        self.inner.poll_peek(cx, buf)
    }

    /// Reads what comes next, and leaves it there. Cancel safe.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub async fn peek(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.peek(buf).await
    }
}
