//! Buffered streams, which turn many small reads or writes into few large ones.

mod reader;
mod stream;
mod writer;

pub use reader::BufReader;
pub use stream::BufStream;
pub use writer::BufWriter;
