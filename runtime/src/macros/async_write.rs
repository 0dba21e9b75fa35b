//! Implements the `AsyncWrite` of another ecosystem through that of `futures-io`, for heist's own
//! packages: a macro, since neither the traits nor the streams belong to this crate.

/// Implements `$Trait`, which like tokio's and hyper's equals the `AsyncWrite` of `futures-io`
/// except for a method's name, for a `$Type`. `$vectored` is whether the type writes from several
/// buffers at once.
#[doc(hidden)]
#[macro_export]
macro_rules! __async_write_by_futures_io {
    (($Trait:path, $feature:tt, $vectored:expr) [$($generics:tt)*] $Type:ty) => {
        #[cfg_attr(heist_docs, doc(cfg(feature = $feature)))]
        impl<$($generics)*> $Trait for $Type {
            fn poll_write(
                self: ::std::pin::Pin<&mut Self>,
                cx: &mut ::std::task::Context<'_>,
                buf: &[u8],
            ) -> ::std::task::Poll<::std::io::Result<usize>> {
                ::futures_io::AsyncWrite::poll_write(self, cx, buf)
            }

            fn poll_write_vectored(
                self: ::std::pin::Pin<&mut Self>,
                cx: &mut ::std::task::Context<'_>,
                bufs: &[::std::io::IoSlice<'_>],
            ) -> ::std::task::Poll<::std::io::Result<usize>> {
                ::futures_io::AsyncWrite::poll_write_vectored(self, cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                $vectored
            }

            fn poll_flush(
                self: ::std::pin::Pin<&mut Self>,
                cx: &mut ::std::task::Context<'_>,
            ) -> ::std::task::Poll<::std::io::Result<()>> {
                ::futures_io::AsyncWrite::poll_flush(self, cx)
            }

            fn poll_shutdown(
                self: ::std::pin::Pin<&mut Self>,
                cx: &mut ::std::task::Context<'_>,
            ) -> ::std::task::Poll<::std::io::Result<()>> {
                ::futures_io::AsyncWrite::poll_close(self, cx)
            }
        }
    };
}
