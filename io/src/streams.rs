//! What users see of the streams, and the types that implement the traits of `futures-io`.

pub use crate::futures_traits::FuturesIo;
pub use crate::lines::LinesExt;
pub use crate::number::{AsyncReadNumbersExt, AsyncWriteNumbersExt};
pub use crate::sync_bridge::SyncIoBridge;

pub mod generic {
    //! The streams, with a parameter that says whose I/O traits they implement.
    pub use crate::duplex::{DuplexStream, SimplexStream, duplex};
    pub use crate::fs::{AnyFile as File, AnyOpenOptions as OpenOptions};
    pub use crate::stdio::{Stderr, Stdin, Stdout, stderr, stdin, stdout};

    /// Whose I/O traits a stream implements.
    pub trait Traits {
        /// Called before a file is opened: panics in the words of those traits' users where there
        /// is no runtime. (By itself the future panics, in heist's words.)
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

/// The process's standard input.
///
/// A read that has begun cannot be cancelled: the runtime's end waits for it. What it reads goes to
/// the next read. For dialogues, a thread of its own that reads blocking serves better.
pub fn stdin() -> Stdin {
    generic::stdin()
}

/// The process's standard output.
///
/// A write gives the bytes to a blocking thread; that they have been written, and what is wrong
/// with them, only `flush` says. Each handle has its own order: use one for what belongs together.
pub fn stdout() -> Stdout {
    generic::stdout()
}

/// The process's standard error; as [`stdout`].
pub fn stderr() -> Stderr {
    generic::stderr()
}

/// Two streams in memory: what is written to one can be read from the other.
///
/// Each direction holds at most `max_buf_size` bytes that have not been read.
///
/// # Panics
///
/// If `max_buf_size` is 0.
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
