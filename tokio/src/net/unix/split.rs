//! The borrowed halves of a `UnixStream`.

use super::SocketAddr;

borrowed_halves!(UnixStream, SocketAddr);
