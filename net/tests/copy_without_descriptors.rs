//! Copies go through buffers when no descriptors are left for pipes. A binary of its own, since it
//! lowers the limit of the whole process.
#![cfg(target_os = "linux")]

#[path = "support/copying.rs"]
mod copying;

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use copying::{Proxied, Text, expect_end, read_text, write_text};
use futures_lite::future::zip;
use heist::io::AsyncWriteExt;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const TOTAL: usize = 20 << 20;

#[heist::test]
async fn copies_continue_without_descriptors() -> io::Result<()> {
    let mut proxied = Proxied::new().await?;
    proxied.round_trip().await?;
    let before = getrlimit(Resource::Nofile);
    // Not below the number of open ones, as `poll` accepts no more descriptors than the limit.
    let first_free = File::open("/dev/null")?.as_raw_fd();
    let none_left = Rlimit {
        current: Some(first_free as u64),
        ..before
    };
    setrlimit(Resource::Nofile, none_left)?;
    let refused = File::open("/dev/null").unwrap_err();
    assert!(refused.to_string().contains("many open files"), "{refused}");

    let (mut sent, mut received) = (Text::new(1), Text::new(1));
    let write = write_text(&proxied.client, &mut sent, TOTAL);
    let read = read_text(&proxied.server, &mut received, TOTAL);
    let (written, read) = zip(write, read).await;
    written.and(read)?;

    // And again with descriptors.
    setrlimit(Resource::Nofile, before)?;
    let write = write_text(&proxied.client, &mut sent, TOTAL);
    let read = read_text(&proxied.server, &mut received, TOTAL);
    let (written, read) = zip(write, read).await;
    written.and(read)?;
    proxied.client.close().await?;
    expect_end(&proxied.server).await?;
    drop(proxied.server);
    assert_eq!(proxied.copying.await.unwrap()?, (2 * TOTAL as u64 + 1, 1));
    Ok(())
}
