//! The halves of a `UnixStream` that own it.

use super::SocketAddr;

owned_halves!(UnixStream, SocketAddr);
