//! The public streams, and the types that implement the traits of `futures-io`.

pub use crate::futures_traits::FuturesIo;
pub use crate::lines::LinesExt;
pub use crate::number::{AsyncReadNumbersExt, AsyncWriteNumbersExt};
pub use crate::sync_bridge::SyncIoBridge;

pub mod generic {
    //! The streams, with a parameter that determines whose I/O traits they implement.
    pub use crate::duplex::{DuplexStream, SimplexStream, duplex};
    pub use crate::fs::{AnyFile as File, AnyOpenOptions as OpenOptions};
    pub use crate::stdio::{Stderr, Stdin, Stdout, stderr, stdin, stdout};

    /// Determines whose I/O traits a stream implements.
    pub trait Traits {
        /// Called before a file is opened: panics outside a runtime, with the message that users of
        /// those traits know. (Without this the future panics with heist's message.)
        fn expect_runtime() {}
    }
}

/// The process's standard input; see [`stdin`].
pub type Stdin = generic::Stdin<FuturesIo>;
/// The process's standard output; see [`stdout`].
pub type Stdout = generic::Stdout<FuturesIo>;
/// The process's standard error; see [`stderr`].
pub type Stderr = generic::Stderr<FuturesIo>;
/// One end of a stream in memory; see [`duplex()`].
pub type DuplexStream = generic::DuplexStream<FuturesIo>;

/// Returns the process's standard input.
///
/// A read that has begun cannot be cancelled: the runtime's shutdown waits for it. The bytes it
/// reads go to the next read. For interactive input, use a thread of your own with blocking reads.
pub fn stdin() -> Stdin {
    generic::stdin()
}

/// Returns the process's standard output.
///
/// A write hands the bytes to a blocking thread: only `flush` confirms that they were written or
/// returns the error. Writes by different handles are not ordered: use one handle for related
/// output.
pub fn stdout() -> Stdout {
    generic::stdout()
}

/// Returns the process's standard error; see [`stdout`].
pub fn stderr() -> Stderr {
    generic::stderr()
}

/// Creates two connected streams in memory: bytes written to one can be read from the other.
///
/// Each direction holds at most `max_buf_size` unread bytes.
///
/// # Panics
///
/// Panics if `max_buf_size` is 0.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let (mut client, mut server) = heist::io::duplex(64);
/// client.write_all(b"ping").await?;
/// let mut request = [0; 4];
/// server.read_exact(&mut request).await?;
/// assert_eq!(&request, b"ping");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn duplex(max_buf_size: usize) -> (DuplexStream, DuplexStream) {
    generic::duplex(max_buf_size)
}
