//! The owned halves of a `UnixStream`.

use super::SocketAddr;

owned_halves!(UnixStream, SocketAddr);
