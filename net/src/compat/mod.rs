//! The traits of other ecosystems, implemented for the same sockets: each behind a feature.

#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "hyper")]
pub mod hyper;
#[cfg(feature = "quinn")]
pub mod quinn;
#[cfg(feature = "tokio-io")]
mod tokio_io;
