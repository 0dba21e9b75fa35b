//! Users' code that blocks once.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};

/// Blocks the first thread that passes it after it has been closed.
pub(crate) struct Gate {
    is_closed: AtomicBool,
    blocked: mpsc::Sender<()>,
    until: Mutex<mpsc::Receiver<()>>,
}

impl Gate {
    /// Returns the gate, a receiver of its report, and a sender that opens it when dropped.
    pub(crate) fn new() -> (Arc<Self>, mpsc::Receiver<()>, mpsc::Sender<()>) {
        let (blocked, has_blocked) = mpsc::channel();
        let (release, until) = mpsc::channel();
        let gate = Self {
            is_closed: AtomicBool::new(false),
            blocked,
            until: Mutex::new(until),
        };
        (Arc::new(gate), has_blocked, release)
    }

    pub(crate) fn close(&self) {
        self.is_closed.store(true, SeqCst);
    }

    pub(crate) fn pass(&self) {
        if self.is_closed.swap(false, SeqCst) {
            self.blocked.send(()).unwrap();
            let _ = self.until.lock().unwrap().recv();
        }
    }
}
