//! `sendfile`: from a file to a stream.
//!
//! Files have no readiness, and the disk may be slow. Parts of the file that are not in memory yet
//! are therefore read on the blocking pool first; the worker only sends what is cached.
//!
//! The invariant: at every point where the future can be dropped, the range begins after the last
//! byte that the stream has taken.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use heist_runtime::io::Interest;
use heist_runtime::task::yield_now;

use crate::pool;
use crate::stream::sealed::{WriteFd, WriteSide};

/// Bytes requested from the disk at a time, aligned to this size.
const CHUNK: u64 = 256 * 1024;

/// Bytes after which other tasks get their turn.
const TURN: u64 = 1024 * 1024;

/// No file extends beyond this, and the system accepts no larger offsets.
const LONGEST: u64 = i64::MAX as u64;

/// Sends the bytes of `range` from `file`, and returns how many this call has sent: fewer than the
/// length of the range if the file ends before.
///
/// At any time `range` begins after the last byte sent: at the end, after an error, and when the
/// future was dropped. A call with the same range therefore resumes. To send the whole file pass
/// `0..u64::MAX`. The file's own position is neither used nor changed.
///
/// On Linux the system's `sendfile` sends from the page cache, without copying the bytes to this
/// process and back. Parts that are not cached are read on the blocking pool first, 256 KiB at a
/// time, so that a slow disk does not block a worker. (Some file systems, mostly network ones, do
/// not report what is cached; there a read of at most 256 KiB may block it.) On other systems, and
/// for files that `sendfile` cannot read, all bytes are read on the blocking pool and written from
/// memory.
///
/// It spends the task's poll budget and lets other tasks run after each MiB. Bytes in transit are
/// not copied: if the file changes meanwhile, the peer may receive some of the changed bytes.
///
/// # Errors
///
/// Whatever the system reports when `file` is read or `writer` is written. If the blocking pool is
/// needed, it fails outside a runtime and when no thread can be started.
///
/// # Cancellation safety
///
/// Cancel safe: `range` is what is left to send.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncReadExt;
/// use heist::net::{TcpListener, TcpStream, sendfile};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let path = std::env::temp_dir().join(format!("heist-sendfile-{}", std::process::id()));
/// # std::fs::write(&path, "header\nbody")?;
/// # let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let mut client = TcpStream::connect(listener.local_addr()?).await?;
/// # let (stream, _) = listener.accept().await?;
/// let file = std::fs::File::open(&path)?;
/// let after_header = &mut (7..u64::MAX);
/// assert_eq!(sendfile(&file, after_header, &stream).await?, 4);
/// assert_eq!(after_header.start, 11);
///
/// drop(stream);
/// let mut body = String::new();
/// client.read_to_string(&mut body).await?;
/// assert_eq!(body, "body");
/// # std::fs::remove_file(path)?;
/// # Ok(())
/// # }
/// ```
pub async fn sendfile<W>(file: &File, range: &mut Range<u64>, writer: &W) -> io::Result<u64>
where
    W: WriteSide + ?Sized,
{
    let start = range.start;
    let mut source = Source::new(file)?;
    let mut until_turn = TURN;
    let end = range.end.min(LONGEST);
    while range.start < end {
        let chunk_end = (range.start / CHUNK + 1) * CHUNK;
        let sent = source.send(range.start..end.min(chunk_end), writer).await?;
        if sent == 0 {
            break;
        }
        range.start += sent;
        if sent < until_turn {
            until_turn -= sent;
        } else {
            until_turn = TURN;
            yield_now().await;
        }
    }
    Ok(range.start - start)
}

/// The file that is sent.
struct Source<'a> {
    file: &'a File,
    /// For the blocking pool; created when that is first needed.
    shared: Option<Arc<File>>,
    /// The chunk read last, when it is written from memory.
    chunk: Chunk,
    #[cfg(any(target_os = "linux", target_os = "android"))]
    cache: linux::Cache,
}

#[derive(Default)]
struct Chunk {
    start: u64,
    bytes: Vec<u8>,
}

impl Source<'_> {
    /// Reads a chunk on the blocking pool.
    async fn read(&mut self, chunk: Range<u64>) -> io::Result<Vec<u8>> {
        let file = match &self.shared {
            Some(file) => Arc::clone(file),
            None => Arc::clone(self.shared.insert(Arc::new(self.file.try_clone()?))),
        };
        pool::run(move || read_at(&file, chunk)).await?
    }

    /// Sends some bytes of a chunk from memory, after reading it; returns 0 if the file has ended.
    async fn send_read<W>(&mut self, chunk: Range<u64>, writer: &W) -> io::Result<u64>
    where
        W: WriteSide + ?Sized,
    {
        let held = self.chunk.start..self.chunk.start + self.chunk.bytes.len() as u64;
        if !held.contains(&chunk.start) {
            self.chunk.start = chunk.start;
            self.chunk.bytes = self.read(chunk.clone()).await?;
        }
        let bytes = &self.chunk.bytes[(chunk.start - self.chunk.start) as usize..];
        if bytes.is_empty() {
            return Ok(0);
        }
        let write = |fd: &W::Io| match fd.write(bytes)?.count() {
            0 => Err(io::ErrorKind::WriteZero.into()),
            count => Ok(count as u64),
        };
        writer.write_io().async_io(Interest::WRITABLE, write).await
    }
}

/// Reads a chunk, or what there is of it, on a thread that may block.
fn read_at(file: &File, chunk: Range<u64>) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; (chunk.end - chunk.start) as usize];
    let mut len = 0;
    while len < bytes.len() {
        let at = chunk.start + len as u64;
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(file, &mut bytes[len..], at);
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(file, &mut bytes[len..], at);
        match read {
            Ok(0) => break,
            Ok(count) => len += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl<'a> Source<'a> {
    fn new(file: &'a File) -> io::Result<Self> {
        Ok(Self {
            file,
            shared: None,
            chunk: Chunk::default(),
        })
    }

    /// Sends some bytes of a chunk; returns 0 if the file has ended.
    async fn send<W: WriteSide + ?Sized>(
        &mut self,
        chunk: Range<u64>,
        writer: &W,
    ) -> io::Result<u64> {
        self.send_read(chunk, writer).await
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::fs::File;
    use std::io;
    use std::ops::Range;

    use heist_runtime::io::{AsSource, Interest};
    use rustix::io::{Errno, retry_on_intr};

    use super::{Chunk, Source};
    use crate::stream::sealed::WriteSide;
    use crate::unix::sigpipe::without_sigpipe;

    /// What is known about how the file can be read.
    pub(super) struct Cache {
        len: u64,
        is_told: bool,
        can_sendfile: bool,
    }

    impl<'a> Source<'a> {
        pub(super) fn new(file: &'a File) -> io::Result<Self> {
            let cache = Cache {
                len: file.metadata()?.len(),
                is_told: true,
                can_sendfile: true,
            };
            Ok(Self {
                file,
                shared: None,
                chunk: Chunk::default(),
                cache,
            })
        }

        /// Sends some bytes of a chunk; returns 0 if the file has ended.
        pub(super) async fn send<W: WriteSide + ?Sized>(
            &mut self,
            chunk: Range<u64>,
            writer: &W,
        ) -> io::Result<u64> {
            if self.cache.can_sendfile {
                if !self.is_cached(&chunk) {
                    // The bytes are dropped: reading has put them into the page cache.
                    self.read(chunk.clone()).await?;
                }
                match self.send_cached(&chunk, writer).await {
                    Err(error) if is_unsupported(&error) => self.cache.can_sendfile = false,
                    result => return result,
                }
            }
            self.send_read(chunk, writer).await
        }

        async fn send_cached<W: WriteSide + ?Sized>(
            &self,
            chunk: &Range<u64>,
            writer: &W,
        ) -> io::Result<u64> {
            let len = (chunk.end - chunk.start) as usize;
            let send = |fd: &W::Io| {
                let mut at = chunk.start;
                let to = fd.source();
                let send =
                    || without_sigpipe(|| rustix::fs::sendfile(to, self.file, Some(&mut at), len));
                Ok(retry_on_intr(send)? as u64)
            };
            writer.write_io().async_io(Interest::WRITABLE, send).await
        }

        /// Whether the chunk can be read without waiting for the disk, or the file system does not
        /// report it. The first and last byte stand for the chunk: the cache is filled in order.
        fn is_cached(&mut self, chunk: &Range<u64>) -> bool {
            let last = chunk.end.min(self.cache.len).saturating_sub(1);
            for at in [last, chunk.start] {
                if !self.cache.is_told {
                    break;
                }
                match read_cached(self.file, at) {
                    Err(Errno::AGAIN) => return false,
                    Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.cache.is_told = false,
                    // If something is wrong with the file, the read itself reports it.
                    Ok(_) | Err(_) => {}
                }
            }
            true
        }
    }

    /// Reads a byte if that is possible at once.
    #[cfg(target_os = "linux")]
    fn read_cached(file: &File, at: u64) -> rustix::io::Result<usize> {
        let mut byte = [0];
        let bufs = &mut [io::IoSliceMut::new(&mut byte)];
        rustix::io::preadv2(file, bufs, at, rustix::io::ReadWriteFlags::NOWAIT)
    }

    /// Android's C library lacks `preadv2`.
    #[cfg(target_os = "android")]
    fn read_cached(_file: &File, _at: u64) -> rustix::io::Result<usize> {
        Err(Errno::NOSYS)
    }

    /// Whether `sendfile` itself is what fails, with this kind of file or in this sandbox.
    fn is_unsupported(error: &io::Error) -> bool {
        let errno = error.raw_os_error().map(Errno::from_raw_os_error);
        matches!(
            errno,
            Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM)
        )
    }
}
