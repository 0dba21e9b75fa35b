//! `sendfile`: whole files, parts, and resuming after an interruption.

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use futures_lite::future::poll_once;
use heist::io::AsyncReadExt;
use heist::net::{TcpStream, sendfile};

use crate::copying::{Text, pair, read_text};

const LEN: usize = (20 << 20) + 123;

/// A file of the first [`LEN`] bytes of a text, removed when dropped.
struct Scratch {
    path: PathBuf,
    file: File,
}

impl Scratch {
    fn new() -> io::Result<Scratch> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "sendfile-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Relaxed)
        );
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        let (mut text, mut left) = (Text::new(1), LEN);
        while left > 0 {
            let piece = text.next(left);
            let len = piece.len();
            file.write_all(piece)?;
            text.advance(len);
            left -= len;
        }
        Ok(Scratch { path, file })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Reads from the stream and compares with the range of the file.
async fn expect(stream: &TcpStream, range: Range<usize>) -> io::Result<()> {
    let mut text = Text::new(1);
    text.advance(range.start);
    read_text(stream, &mut text, range.len()).await
}

/// Sends a range to a reader that expects `arriving`, and returns how much was sent.
async fn send(
    file: &File,
    range: &mut Range<u64>,
    stream: &TcpStream,
    reader: &TcpStream,
    arriving: Range<usize>,
) -> io::Result<u64> {
    let sending = sendfile(file, range, stream);
    let (sent, arrived) = futures_lite::future::zip(sending, expect(reader, arriving)).await;
    arrived?;
    sent
}

#[heist::test]
async fn a_whole_file() -> io::Result<()> {
    let scratch = Scratch::new()?;
    let (reader, stream) = pair().await?;
    let mut range = 0..u64::MAX;
    let sent = send(&scratch.file, &mut range, &stream, &reader, 0..LEN).await?;
    assert_eq!(sent, LEN as u64);
    assert_eq!(range.start, LEN as u64);

    // Nothing but the file was sent, and nothing is left to send.
    assert_eq!(sendfile(&scratch.file, &mut range, &stream).await?, 0);
    drop(stream);
    assert_eq!(reader.read(&mut [0; 1]).await?, 0);
    Ok(())
}

#[heist::test]
async fn parts_in_any_order() -> io::Result<()> {
    let scratch = Scratch::new()?;
    let (reader, stream) = pair().await?;
    for part in [
        5_000_000..5_000_001,
        0..10,
        262_143..262_145,
        LEN - 300_000..LEN,
        7..3_000_000,
        9..9,
    ] {
        let mut range = part.start as u64..part.end as u64;
        let len = part.len() as u64;
        let sent = send(&scratch.file, &mut range, &stream, &reader, part).await?;
        assert_eq!(sent, len);
        assert!(range.is_empty());
    }
    Ok(())
}

#[heist::test]
async fn a_file_that_is_too_short_ends_the_transfer() -> io::Result<()> {
    let scratch = Scratch::new()?;
    let (reader, stream) = pair().await?;
    let mut range = LEN as u64 - 500..LEN as u64 + 500;
    let sent = send(&scratch.file, &mut range, &stream, &reader, LEN - 500..LEN).await?;
    assert_eq!(sent, 500);
    assert_eq!(range, LEN as u64..LEN as u64 + 500);
    assert_eq!(
        sendfile(&scratch.file, &mut (u64::MAX - 1..u64::MAX), &stream).await?,
        0
    );
    Ok(())
}

#[heist::test]
async fn a_dropped_transfer_resumes_where_it_stopped() -> io::Result<()> {
    let scratch = Scratch::new()?;
    let (reader, stream) = pair().await?;
    let mut range = 0..LEN as u64;
    let (mut received, mut interrupted) = (0, 0);
    while range.start < LEN as u64 {
        // Nothing is read while it is polled, so it has to wait, and is dropped.
        match poll_once(pin!(sendfile(&scratch.file, &mut range, &stream))).await {
            Some(sent) => {
                sent?;
            }
            None => interrupted += 1,
        }
        let sent = range.start as usize;
        expect(&reader, received..sent).await?;
        received = sent;
        heist::task::yield_now().await;
    }
    assert!(interrupted > 2, "all was sent without waiting");
    Ok(())
}

#[heist::test]
async fn a_file_that_cannot_be_read_is_an_error() -> io::Result<()> {
    let (_reader, stream) = pair().await?;
    let directory = File::open(env!("CARGO_TARGET_TMPDIR"))?;
    let error = sendfile(&directory, &mut (0..10), &stream)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    Ok(())
}

#[heist::test]
async fn a_peer_that_has_gone_is_an_error() -> io::Result<()> {
    let scratch = Scratch::new()?;
    let (reader, stream) = pair().await?;
    let waiting = heist::spawn(async move {
        let mut range = 0..u64::MAX;
        let error = loop {
            match sendfile(&scratch.file, &mut range, &stream).await {
                Ok(_) => range.start = 0,
                Err(error) => break error,
            }
        };
        error.kind()
    });
    (&reader).read_exact(&mut [0; 100_000]).await?;
    drop(reader);
    let kind = waiting.await.unwrap();
    assert!(
        matches!(
            kind,
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
        ),
        "{kind}"
    );
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use rustix::fs::{Advice, OFlags, fadvise, fcntl_getfl, fcntl_setfl};

    use super::*;

    #[heist::test]
    async fn a_file_that_is_not_in_memory() -> io::Result<()> {
        let scratch = Scratch::new()?;
        scratch.file.sync_all()?;
        fadvise(&scratch.file, 0, None, Advice::DontNeed)?;
        let (reader, stream) = pair().await?;
        let sent = send(&scratch.file, &mut (0..u64::MAX), &stream, &reader, 0..LEN).await?;
        assert_eq!(sent, LEN as u64);
        Ok(())
    }

    /// Linux does not send files to descriptors in append mode.
    #[heist::test]
    async fn a_socket_that_sendfile_refuses() -> io::Result<()> {
        let scratch = Scratch::new()?;
        let (reader, stream) = pair().await?;
        fcntl_setfl(&stream, fcntl_getfl(&stream)? | OFlags::APPEND)?;
        let mut range = 100..u64::MAX;
        let sent = send(&scratch.file, &mut range, &stream, &reader, 100..LEN).await?;
        assert_eq!(sent, LEN as u64 - 100);
        assert_eq!(range.start, LEN as u64);
        Ok(())
    }

    /// Such files report a length of 0, but have content.
    #[heist::test]
    async fn a_file_in_proc_is_sent() -> io::Result<()> {
        let (mut reader, stream) = pair().await?;
        let file = File::open("/proc/version")?;
        sendfile(&file, &mut (0..u64::MAX), &stream).await?;
        drop(stream);
        let mut version = String::new();
        reader.read_to_string(&mut version).await?;
        assert_eq!(version, fs::read_to_string("/proc/version")?);
        Ok(())
    }
}
