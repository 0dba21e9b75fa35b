//! Files and directories, on the runtime's blocking threads.
//!
//! The names are those of [`std::fs`], with the same meaning and errors. An operation that has
//! begun is not cancelled: it may still complete after its future was dropped.
//!
//! # Panics
//!
//! All futures here panic outside a runtime.

mod dir;
mod file;
mod functions;
mod inner;
mod open_options;
mod owned;
mod sharing;
mod times;

pub use dir::{DirBuilder, DirEntry, ReadDir, read_dir};
pub use file::File as AnyFile;
pub use functions::*;
pub use open_options::OpenOptions as AnyOpenOptions;
pub use times::FileTimes;

use crate::FuturesIo;

/// An open file, with the I/O traits of `futures-io`.
///
/// A write hands the bytes to a blocking thread: only `flush`, or the next operation, confirms that
/// they are in the file or returns the error. A dropped file is closed when the operation in
/// progress has ended.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
/// use heist::fs::File;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// # let path = std::env::temp_dir().join(format!("heist-file-{}", std::process::id()));
/// let mut file = File::options().read(true).write(true).create(true).open(&path).await?;
/// file.write_all(b"hello").await?;
/// file.seek(std::io::SeekFrom::Start(1)).await?;
/// let mut text = String::new();
/// file.read_to_string(&mut text).await?;
/// assert_eq!(text, "ello");
/// # heist::fs::remove_file(path).await?;
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub type File = AnyFile<FuturesIo>;

/// Options for opening a file; see [`std::fs::OpenOptions`].
///
/// # Examples
///
/// ```
/// use heist::fs::OpenOptions;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// # let path = std::env::temp_dir().join(format!("heist-options-{}", std::process::id()));
/// let log = OpenOptions::new().append(true).create(true).open(&path).await?;
/// assert_eq!(log.metadata().await?.len(), 0);
/// # heist::fs::remove_file(path).await?;
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub type OpenOptions = AnyOpenOptions<FuturesIo>;
