//! tokio's `AsyncRead` and `AsyncWrite`: its traits only, nothing of its runtime.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use heist_runtime::__async_write_by_futures_io;
use heist_runtime::io::Direction;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::stream::each::{for_each_reader, for_each_writer};
use crate::stream::sealed::{ReadFd, ReadSide};

macro_rules! implement_read {
    (() [$($generics:tt)*] $Type:ty) => {
        #[cfg_attr(heist_docs, doc(cfg(feature = "tokio-io")))]
        impl<$($generics)*> AsyncRead for $Type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                // SAFETY: `read_uninit` writes only initialised bytes to it.
                let unfilled = unsafe { buf.unfilled_mut() };
                let read = |fd: &_| ReadFd::read_uninit(fd, unfilled);
                let count = ready!(self.read_io().poll_io_moved(Direction::Read, cx, read))?;
                // SAFETY: `read_uninit` has initialised `count` bytes.
                unsafe { buf.assume_init(count) };
                buf.advance(count);
                Poll::Ready(Ok(()))
            }
        }
    };
}

for_each_reader!(implement_read());
for_each_writer!(__async_write_by_futures_io(AsyncWrite, "tokio-io", true));
