//! Unix sockets.
#![cfg(unix)]

mod datagram;
mod listener;
mod socket;
mod stream;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A path for a socket, short enough for an address, and removed at the end.
struct Path(PathBuf);

impl Path {
    fn new() -> Path {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Relaxed);
        Path(std::env::temp_dir().join(format!("heist-unix-{}-{n}", std::process::id())))
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        // It may never have been created.
        _ = std::fs::remove_file(&self.0);
    }
}
