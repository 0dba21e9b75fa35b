//! Writing to a closed peer in a program where `SIGPIPE` has its default action, which would end
//! this binary.
#![cfg(unix)]

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::ptr;

use heist::io::{AsyncWrite, AsyncWriteExt};
use heist::net::unix::pipe;
use heist::net::{TcpListener, TcpStream, UnixStream};

/// As in programs in other languages, or one that wants to end with its pipeline.
fn restore_default() {
    // SAFETY: no handler is involved.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// Returns whether this thread has the signal blocked, and whether it is pending.
fn traces() -> (bool, bool) {
    let mut set = MaybeUninit::uninit();
    // SAFETY: both calls write a whole set, which is then only read.
    unsafe {
        libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), set.as_mut_ptr());
        let blocked = libc::sigismember(set.as_ptr(), libc::SIGPIPE) == 1;
        libc::sigpending(set.as_mut_ptr());
        (blocked, libc::sigismember(set.as_ptr(), libc::SIGPIPE) == 1)
    }
}

/// Writes in every way until each has failed because there is no reader.
async fn write_in_all_ways(writer: &mut (impl AsyncWrite + Unpin)) {
    let bufs = [IoSlice::new(b"head"), IoSlice::new(b"body")];
    expect_gone(|cx| Pin::new(&mut *writer).poll_write(cx, b"text")).await;
    expect_gone(|cx| Pin::new(&mut *writer).poll_write_vectored(cx, &bufs)).await;
}

async fn expect_gone<F>(mut write: F)
where
    F: FnMut(&mut std::task::Context<'_>) -> std::task::Poll<io::Result<usize>>,
{
    // The first error may be a reset, the response to earlier bytes.
    for _ in 0..1000 {
        match poll_fn(&mut write).await {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                assert_eq!(traces(), (false, false));
                return;
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("{error}"),
            Ok(_) => heist::task::yield_now().await,
        }
    }
    panic!("the peer is still there");
}

async fn tcp_without_peer() -> io::Result<TcpStream> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let stream = TcpStream::connect(listener.local_addr()?).await?;
    drop(listener.accept().await?);
    Ok(stream)
}

#[heist::test]
async fn streams_and_their_halves() -> io::Result<()> {
    restore_default();
    let bufs = [IoSlice::new(b"head"), IoSlice::new(b"body")];
    let mut tcp = tcp_without_peer().await?;
    write_in_all_ways(&mut tcp).await;
    write_in_all_ways(&mut tcp.split().1).await;
    expect_gone(|_| std::task::Poll::Ready(tcp.try_write(b"text"))).await;
    expect_gone(|_| std::task::Poll::Ready(tcp.try_write_vectored(&bufs))).await;
    write_in_all_ways(&mut tcp.into_split().1).await;

    let (mut unix, peer) = UnixStream::pair()?;
    drop(peer);
    write_in_all_ways(&mut unix).await;
    write_in_all_ways(&mut unix.split().1).await;
    expect_gone(|_| std::task::Poll::Ready(unix.try_write(b"text"))).await;
    expect_gone(|_| std::task::Poll::Ready(unix.try_write_vectored(&bufs))).await;
    write_in_all_ways(&mut unix.into_split().1).await;
    Ok(())
}

#[heist::test]
async fn pipes() -> io::Result<()> {
    restore_default();
    let (mut sender, receiver) = pipe::pipe()?;
    drop(receiver);
    write_in_all_ways(&mut sender).await;
    assert!(sender.try_write(b"text").is_err());
    assert!(sender.try_write_vectored(&[IoSlice::new(b"text")]).is_err());
    assert_eq!(traces(), (false, false));
    Ok(())
}

/// Large enough to be spliced.
#[heist::test]
async fn copies() -> io::Result<()> {
    restore_default();
    let (mut reader, mut source) = UnixStream::pair()?;
    let (mut sink, sink_peer) = UnixStream::pair()?;
    let feeding = heist::spawn(async move {
        let chunk = vec![7; 256 * 1024];
        while source.write_all(&chunk).await.is_ok() {}
    });
    let draining = heist::spawn(async move {
        let mut chunk = vec![0; 256 * 1024];
        let mut left = 8 << 20;
        while left > 0 {
            left -= sink_peer.read(&mut chunk).await?.min(left);
        }
        io::Result::Ok(())
    });
    let error = heist::net::copy(&mut reader, &mut sink).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    draining.await.unwrap()?;
    drop(reader);
    feeding.await.unwrap();
    assert_eq!(traces(), (false, false));
    Ok(())
}

#[heist::test]
async fn files() -> io::Result<()> {
    restore_default();
    let path = std::env::temp_dir().join(format!("heist-{}-sigpipe", std::process::id()));
    File::create(&path)?.write_all(&[7; 100_000])?;
    let file = File::open(&path)?;
    std::fs::remove_file(&path)?;
    let (stream, peer) = UnixStream::pair()?;
    drop(peer);
    let sent = heist::net::sendfile(&file, &mut (0..u64::MAX), &stream).await;
    assert_eq!(sent.unwrap_err().kind(), ErrorKind::BrokenPipe);
    let (sender, receiver) = pipe::pipe()?;
    drop(receiver);
    let sent = heist::net::sendfile(&file, &mut (0..u64::MAX), &sender).await;
    assert_eq!(sent.unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!(traces(), (false, false));
    Ok(())
}
