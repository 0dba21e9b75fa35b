//! The halves of a `UnixStream` that borrow it.

use super::SocketAddr;

borrowed_halves!(UnixStream, SocketAddr);
