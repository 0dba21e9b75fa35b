//! Pipes that bytes are spliced through, and a few empty ones that each thread keeps.
//!
//! A pipe is taken for the length of a poll, or for as long as it holds bytes, and returns to the
//! pool of the thread that drops it. The invariant: a pipe in the pool is empty.

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rustix::io::{Errno, retry_on_intr};
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

use crate::unix::sigpipe::without_sigpipe;

/// Empty pipes that a thread keeps. A poll takes one at a time and mostly leaves it empty; making
/// one each time takes a third of the CPU time of a bulk transfer.
const KEPT_PER_THREAD: usize = 2;

/// The capacity requested for a pipe, in bytes. Linux splices from a socket page by page: with its
/// default of 64 KiB a bulk transfer took a third more CPU time, with 1 MiB a few percent less.
const CAPACITY: usize = 256 * 1024;

/// The most pipes that the process has: half of what Linux grants an unprivileged user at this size
/// (`pipe-user-pages-soft`), since beyond that the user's other pipes come out small. A transfer
/// that gets no pipe uses a buffer.
const PER_PROCESS: usize = 128;

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
            Ok((reader, writer)) => {
                // The system refuses this to a user with too many pipes already: the pipe then
                // keeps its size.
                let _ = fcntl_setpipe_size(&writer, CAPACITY);
                Ok(Pipe { reader, writer })
            }
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

/// A pipe in use. It returns to the pool when it is dropped, unless it holds bytes.
pub(super) struct Held {
    /// `None` only while `drop` returns it.
    pipe: Option<Pipe>,
    filled: usize,
}

impl Held {
    /// Takes an empty pipe.
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
        self.pipe.as_ref().expect("only drop takes the pipe")
    }

    /// The number of bytes in the pipe.
    pub(super) fn filled(&self) -> usize {
        self.filled
    }

    /// Moves bytes from `source` into the pipe, which must be empty, so that `EAGAIN` can only mean
    /// that the source has none.
    pub(super) fn fill(&mut self, source: impl AsFd) -> rustix::io::Result<usize> {
        debug_assert_eq!(self.filled, 0);
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        let into = &self.pipe().writer;
        let count = retry_on_intr(|| splice(&source, None, into, None, CAPACITY, flags))?;
        self.filled = count;
        Ok(count)
    }

    /// Moves bytes out to `target`, whose reader may be gone (no SIGPIPE is raised). `EAGAIN` can
    /// only mean that the target has no room.
    pub(super) fn drain(&mut self, target: impl AsFd) -> rustix::io::Result<usize> {
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        let (from, filled) = (&self.pipe().reader, self.filled);
        let splice = || without_sigpipe(|| splice(from, None, &target, None, filled, flags));
        let count = retry_on_intr(splice)?;
        self.filled -= count;
        Ok(count)
    }

    /// Reads all bytes out of the pipe.
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
        // A thread that is exiting keeps none.
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < KEPT_PER_THREAD {
                pool.extend(pipe);
            }
        });
    }
}
