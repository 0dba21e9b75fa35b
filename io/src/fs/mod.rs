//! Files and directories, on the runtime's blocking threads.
//!
//! The names are those of [`std::fs`], with the same meaning, errors included. Operations that
//! have begun are not cancelled: what a dropped future has asked for may still happen.
//!
//! # Panics
//!
//! Everything that is awaited panics outside a runtime.

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
/// A write gives the bytes to a blocking thread: that they are in the file, and what is wrong with
/// them, only `flush` says, or the operation that comes next. A file that is dropped is closed when
/// the operation under way has ended.
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

/// How to open a file; as [`std::fs::OpenOptions`].
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
