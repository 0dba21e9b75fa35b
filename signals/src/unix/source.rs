//! `Source`: the self-pipe as a source in a runtime's driver.
//!
//! Each runtime that has ever listened for a signal has one. Its waker is not a task's: when the
//! driver finds the pipe readable, the leading thread itself empties it and wakes the listeners. A
//! signal therefore needs neither a thread nor a task of its own.
//!
//! Listeners of other runtimes are woken too, because a byte that one runtime has read may never be
//! seen by another.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use heist_runtime::io::AsyncFd;
use heist_runtime::runtime::{Handle, Id};
use parking_lot::Mutex;

use super::handler::SelfPipe;
use crate::slot::{alarm_all, announce_all};

/// Bytes read by one system call: more than the signals that usually arrive at once.
const BATCH: usize = 64;

pub(crate) struct Source {
    runtime: Id,
    pipe: AsyncFd<&'static UnixStream>,
    closed: AtomicBool,
}

/// The sources of the runtimes that have not ended.
static SOURCES: Mutex<Vec<Arc<Source>>> = Mutex::new(Vec::new());

impl Source {
    /// Returns the source in the current runtime's driver.
    pub(crate) fn current() -> io::Result<Arc<Self>> {
        let runtime = Handle::try_current().map_err(io::Error::other)?.id();
        let mut sources = SOURCES.lock();
        if let Some(source) = sources.iter().find(|source| source.runtime == runtime) {
            return Ok(source.clone());
        }
        let source = Arc::new(Self {
            runtime,
            pipe: AsyncFd::new(&SelfPipe::get()?.receiver)?,
            closed: AtomicBool::new(false),
        });
        sources.push(source.clone());
        drop(sources);
        // This registers its waker with the driver.
        source.wake_by_ref();
        Ok(source)
    }

    /// Whether the runtime has shut down.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(SeqCst)
    }

    /// Empties the pipe, and registers with the driver to be woken again.
    fn empty(self: &Arc<Self>) -> io::Result<()> {
        let waker = Waker::from(self.clone());
        let mut cx = Context::from_waker(&waker);
        while let Poll::Ready(guard) = self.pipe.poll_read_ready(&mut cx) {
            let mut guard = guard?;
            let mut pipe = *guard.get_inner();
            match pipe.read(&mut [0; BATCH]) {
                // The writing end is never closed.
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(BATCH..) => {}
                // Bytes that come later are events of their own. Should any be left, their signals
                // have been counted before, and are announced with these.
                Ok(_) => guard.clear_ready(),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => guard.clear_ready(),
                    io::ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    fn close(&self) {
        self.closed.store(true, SeqCst);
        SOURCES
            .lock()
            .retain(|source| source.runtime != self.runtime);
        alarm_all();
    }
}

impl Wake for Source {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        match self.empty() {
            // Only after the pipe is empty: signals raised from here on write to it again.
            Ok(()) => announce_all(),
            // A pipe has no errors of its own: the driver has ended.
            Err(_) => self.close(),
        }
    }
}
