//! tokio's `AsyncRead` and `AsyncWrite`, based on those of futures-io: only its traits, nothing of
//! its runtime.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use heist_runtime::__async_write_by_futures_io;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{ChildStderr, ChildStdin, ChildStdout};

macro_rules! async_read {
    ($Type:ty) => {
        #[cfg_attr(heist_docs, doc(cfg(feature = "tokio-io")))]
        impl AsyncRead for $Type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                // Zeroed at most once: the buffer remembers which part is initialized.
                let unfilled = buf.initialize_unfilled();
                let count = ready!(futures_io::AsyncRead::poll_read(self, cx, unfilled))?;
                buf.advance(count);
                Poll::Ready(Ok(()))
            }
        }
    };
}

async_read!(ChildStdout);
async_read!(ChildStderr);

__async_write_by_futures_io!((AsyncWrite, "tokio-io", cfg!(unix)) [] ChildStdin);
