//! A runtime's companion, from the runtime's start to its end.
//!
//! It is created before the runtime, whose threads must be within it. It may have threads of its
//! own that must be within the runtime: those wait until the runtime has started.
//!
//! For heist's own packages, and not part of the public interface.

use super::handle::Handle;
use crate::scheduler::{Companion, LocalWorker};
use crate::sync::lock::{Condvar, Mutex};
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// Creates a companion for a runtime that is about to start.
pub(super) type MakeCompanion =
    Arc<dyn Fn(Starting) -> io::Result<Arc<dyn Companion>> + Send + Sync>;

/// A runtime that is starting.
#[derive(Clone)]
pub struct Starting(Arc<Slot>);

struct Slot {
    state: Mutex<State>,
    changed: Condvar,
}

enum State {
    Starting,
    Started(Handle),
    /// The runtime has ended, or could not be started.
    Ended,
}

impl Starting {
    fn new() -> Self {
        Self(Arc::new(Slot {
            state: Mutex::new(State::Starting),
            changed: Condvar::new(),
        }))
    }

    /// Waits until the runtime has started, and returns it. Returns `None` if it has ended, or
    /// could not be started.
    pub fn wait(&self) -> Option<Handle> {
        let mut state = self.0.state.lock();
        loop {
            match &*state {
                State::Starting => self.0.changed.wait(&mut state),
                State::Started(handle) => return Some(handle.clone()),
                State::Ended => return None,
            }
        }
    }

    fn set(&self, state: State) {
        let before = std::mem::replace(&mut *self.0.state.lock(), state);
        self.0.changed.notify_all();
        // Outside the lock, since this may be the last handle.
        drop(before);
    }
}

/// A companion, which is ended when this is dropped.
pub(super) struct Accompanied {
    companion: Arc<dyn Companion>,
    starting: Starting,
    /// The same as the runtime's.
    pub(super) deadline: Option<Instant>,
}

impl Accompanied {
    pub(super) fn start(make: &MakeCompanion) -> io::Result<Self> {
        let starting = Starting::new();
        match make(starting.clone()) {
            Ok(companion) => Ok(Self {
                companion,
                starting,
                deadline: None,
            }),
            Err(error) => {
                starting.set(State::Ended);
                Err(error)
            }
        }
    }

    pub(super) fn companion(&self) -> Arc<dyn Companion> {
        self.companion.clone()
    }

    /// Makes the runtime known to the companion's threads.
    pub(super) fn started(&self, handle: &Handle) {
        self.starting.set(State::Started(handle.clone()));
    }
}

impl Drop for Accompanied {
    fn drop(&mut self) {
        self.starting.set(State::Ended);
        // On another runtime's worker this must not hold up that runtime.
        LocalWorker::block_in_place(|| self.companion.end(self.deadline));
    }
}
