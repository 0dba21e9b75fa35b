//! Clients and servers written by others: Python's socket and asyncio, nc, socat.
#![cfg(unix)]

mod clients;
mod datagrams;
#[path = "../support/peer.rs"]
mod peer;
mod servers;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A path for a socket, short enough for an address, and removed at the end.
struct Path(PathBuf);

impl Path {
    fn new() -> Path {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Relaxed);
        Path(std::env::temp_dir().join(format!("heist-peer-{}-{n}", std::process::id())))
    }

    fn text(&self) -> &str {
        self.0.to_str().expect("it is text")
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        // It may never have been created.
        _ = std::fs::remove_file(&self.0);
    }
}
