//! Pipes that bytes are spliced through, and a few empty ones that each thread keeps.
//!
//! A pipe is taken for the length of a poll, or as long as it holds bytes, and goes to whichever
//! thread gives it back. The invariant: a pipe in the pool is empty.

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rustix::io::{Errno, retry_on_intr};
use rustix::pipe::{PipeFlags, SpliceFlags, pipe_with, splice};

/// Empty pipes that a thread keeps. Most polls take one pipe at a time and leave it empty.
const KEPT_PER_THREAD: usize = 4;

/// Pipes that the process has at most; what finds none left goes through a buffer. Beyond 1,024
/// Linux makes those of an unprivileged user so small that they are slower than the buffer.
const PER_PROCESS: usize = 512;

/// Asked of one splice into a pipe. What a pipe of 16 slots takes depends on how the network has
/// laid out the bytes: up to 32 KiB lie in a slot.
const AT_ONCE: usize = 1 << 20;

static PIPES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static POOL: RefCell<Vec<Pipe>> = const { RefCell::new(Vec::new()) };
}

struct Pipe {
    reader: OwnedFd,
    writer: OwnedFd,
}

impl Pipe {
    fn new() -> rustix::io::Result<Pipe> {
        // Relaxed: a count, which guards nothing.
        if PIPES.fetch_add(1, Relaxed) >= PER_PROCESS {
            PIPES.fetch_sub(1, Relaxed);
            return Err(Errno::MFILE);
        }
        match pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK) {
            Ok((reader, writer)) => Ok(Pipe { reader, writer }),
            Err(error) => {
                PIPES.fetch_sub(1, Relaxed);
                Err(error)
            }
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        PIPES.fetch_sub(1, Relaxed);
    }
}

/// A pipe in use. Given back when it is dropped, unless it holds bytes.
pub(super) struct Held {
    /// `None` only while it is being given back.
    pipe: Option<Pipe>,
    filled: usize,
}

impl Held {
    /// An empty pipe.
    pub(super) fn take() -> rustix::io::Result<Held> {
        let kept = POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten();
        let pipe = match kept {
            Some(pipe) => pipe,
            None => Pipe::new()?,
        };
        Ok(Held {
            pipe: Some(pipe),
            filled: 0,
        })
    }

    fn pipe(&self) -> &Pipe {
        self.pipe
            .as_ref()
            .expect("it is given back only when dropped")
    }

    /// How many bytes are in it.
    pub(super) fn filled(&self) -> usize {
        self.filled
    }

    /// Moves bytes from `source` into the pipe, which must be empty: so that `EAGAIN` can only mean
    /// that the source has none.
    pub(super) fn fill(&mut self, source: impl AsFd) -> rustix::io::Result<usize> {
        debug_assert_eq!(self.filled, 0);
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        let into = &self.pipe().writer;
        let count = retry_on_intr(|| splice(&source, None, into, None, AT_ONCE, flags))?;
        self.filled = count;
        Ok(count)
    }

    /// Moves bytes out to `target`. `EAGAIN` can only mean that the target has no room.
    pub(super) fn drain(&mut self, target: impl AsFd) -> rustix::io::Result<usize> {
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        let (from, filled) = (&self.pipe().reader, self.filled);
        let count = retry_on_intr(|| splice(from, None, &target, None, filled, flags))?;
        self.filled -= count;
        Ok(count)
    }

    /// Reads all that is in it.
    pub(super) fn read_out(mut self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.filled];
        let mut rest = &mut bytes[..];
        while !rest.is_empty() {
            let count = retry_on_intr(|| rustix::io::read(&self.pipe().reader, &mut *rest))?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            rest = &mut rest[count..];
        }
        self.filled = 0;
        Ok(bytes)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.filled > 0 {
            return;
        }
        let pipe = self.pipe.take();
        // A thread that is ending keeps none.
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < KEPT_PER_THREAD {
                pool.extend(pipe);
            }
        });
    }
}
