//! Unix sockets and pipes.

mod addr;
mod credentials;
#[doc(hidden)]
pub mod datagram;
mod listener;
mod owned;
pub mod pipe;
mod socket;
mod split;
mod stream;

pub use addr::SocketAddr;
pub use credentials::UCred;
pub use datagram::UnixDatagram;
pub use listener::UnixListener;
pub use owned::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};
pub use socket::UnixSocket;
pub use split::{ReadHalf, WriteHalf};
pub use stream::UnixStream;

/// The id of a user.
#[allow(non_camel_case_types)]
pub type uid_t = u32;

/// The id of a group.
#[allow(non_camel_case_types)]
pub type gid_t = u32;

/// The id of a process.
#[allow(non_camel_case_types)]
pub type pid_t = i32;
