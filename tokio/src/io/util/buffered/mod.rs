//! Streams with a buffer, so that many small reads or writes become few large ones.

mod reader;
mod stream;
mod writer;

pub use reader::BufReader;
pub use stream::BufStream;
pub use writer::BufWriter;
