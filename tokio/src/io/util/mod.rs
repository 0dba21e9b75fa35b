//! Utilities built on the traits: their methods that are awaited, and adapters for streams.

mod buf_read;
mod buffered;
mod copy;
mod join;
mod memory;
mod operation;
mod read;
mod seek;
mod split;
mod trivial;
mod write;

pub use buf_read::{AsyncBufReadExt, Lines, Split};
pub use buffered::{BufReader, BufStream, BufWriter};
pub use copy::{copy, copy_bidirectional, copy_bidirectional_with_sizes, copy_buf};
pub use join::{Join, join};
pub use memory::{DuplexStream, SimplexStream, duplex, simplex};
pub use read::{AsyncReadExt, Chain, Take};
pub use seek::AsyncSeekExt;
pub use split::{ReadHalf, WriteHalf, split};
pub use trivial::{Empty, Repeat, Sink, empty, repeat, sink};
pub use write::AsyncWriteExt;

/// The default size of a buffer, as in std and tokio.
const DEFAULT_BUFFER: usize = 8 * 1024;
