//! Cancelled connection attempts. A binary of its own, since it counts the descriptors of the whole
//! process.
#![cfg(target_os = "linux")]

#[path = "support/silent.rs"]
mod silent;

use std::io;
use std::time::Duration;

use heist::net::TcpStream;
use heist::runtime::Builder;
use heist::time::timeout;
use silent::silent_address;

/// Returns the number of this process's open files, without those in `/proc` that the runtime
/// watches threads by.
fn open() -> io::Result<usize> {
    let links = std::fs::read_dir("/proc/self/fd")?;
    let files = links.filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
    Ok(files.filter(|file| !file.starts_with("/proc")).count())
}

#[test]
fn a_dropped_attempt_closes_its_socket() -> io::Result<()> {
    Builder::new().worker_threads(1).build()?.block_on(async {
        let (_full, silent) = silent_address()?;
        // The runtime opens what it needs for timers when the first one is armed.
        let mut left = Vec::new();
        for _ in 0..2 {
            let before = open()?;
            let mut most = before;
            let mut attempts = Box::pin(TcpStream::connect(vec![silent; 5]));
            // Several are in progress at once, and none of them succeeds.
            while most < before + 3 {
                let given_up = timeout(Duration::from_millis(50), &mut attempts).await;
                assert!(given_up.is_err(), "somebody has answered");
                most = most.max(open()?);
            }
            drop(attempts);
            left.push(open()? - before);
        }
        assert_eq!(left[1], 0, "{left:?}");
        Ok(())
    })
}
