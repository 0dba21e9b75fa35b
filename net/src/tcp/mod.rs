//! TCP: a [`TcpListener`] accepts connections, a [`TcpStream`] is one, and its halves read and
//! write it in two tasks.

mod half;
mod listener;
mod options;
mod raw;
mod socket;
mod split;
mod split_owned;
mod stream;
mod transfer;

pub use listener::TcpListener;
pub use split::{ReadHalf, WriteHalf};
pub use split_owned::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};
pub use stream::TcpStream;
