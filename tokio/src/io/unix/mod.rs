//! Awaiting descriptors.

mod async_fd;
mod guards;
mod register;

pub use async_fd::AsyncFd;
pub use guards::{AsyncFdReadyGuard, AsyncFdReadyMutGuard};
pub use heist_runtime::io::TryIoError;
pub use register::AsyncFdRegisterError;
#[doc(hidden)]
#[allow(deprecated, reason = "that is what it is for")]
pub use register::AsyncFdTryNewError;
