//! Reading, writing and closing one connection.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use futures_lite::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::TcpStream;

use crate::{fill, pair, pair_with_std, waits_for};

#[heist::test]
async fn a_read_waits_for_data() -> io::Result<()> {
    let (stream, mut peer) = pair_with_std().await?;
    let mut buf = [0; 16];
    let read = waits_for(stream.read(&mut buf), || peer.write_all(b"late"));
    assert_eq!(read.await?, 4);
    assert_eq!(&buf[..4], b"late");
    Ok(())
}

#[heist::test]
async fn a_dropped_read_loses_no_byte() -> io::Result<()> {
    let (stream, mut peer) = pair_with_std().await?;
    {
        let mut buf = [0; 16];
        let mut read = pin!(stream.read(&mut buf));
        assert!(poll_once(&mut read).await.is_none());
        peer.write_all(b"kept")?;
    }
    let mut buf = [0; 4];
    (&stream).read_exact(&mut buf).await?;
    assert_eq!(&buf, b"kept");
    Ok(())
}

#[heist::test]
async fn the_end_that_comes_with_the_last_bytes_is_seen() -> io::Result<()> {
    for _ in 0..50 {
        let (stream, mut peer) = pair_with_std().await?;
        // Corked, the bytes leave together with the end of the stream: one event reports both. The
        // read after it is short, which must not be taken as "drained".
        #[cfg(target_os = "linux")]
        socket2::SockRef::from(&peer).set_tcp_cork(true)?;
        let write_and_close = move || peer.write_all(b"last");
        assert_eq!(
            waits_for(stream.read(&mut [0; 64]), write_and_close).await?,
            4
        );
        assert_eq!(stream.read(&mut [0; 64]).await?, 0);
        let read = AsyncReadExt::read(&mut &stream, &mut [0; 64]).await?;
        assert_eq!(read, 0, "by the poll functions, too");
    }
    Ok(())
}

#[heist::test]
async fn a_reset_in_the_middle_of_a_read_is_an_error() -> io::Result<()> {
    let (mut stream, mut peer) = pair_with_std().await?;
    let reader = heist::spawn(async move {
        let mut first = [0; 3];
        stream.read_exact(&mut first).await?;
        stream.write_all(&first).await?;
        stream.read_exact(&mut [0; 10]).await
    });
    peer.write_all(b"abc")?;
    // The reader has read this far; now it waits for more, or soon will.
    peer.read_exact(&mut [0; 3])?;
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO))?;
    drop(peer);

    let error = reader.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    Ok(())
}

#[heist::test]
async fn writing_to_a_peer_that_is_gone_is_an_error() -> io::Result<()> {
    let (mut stream, peer) = pair_with_std().await?;
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO))?;
    drop(peer);
    let error = loop {
        if let Err(error) = stream.write_all(&[0; 65536]).await {
            break error;
        }
    };
    assert!(
        matches!(
            error.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        ),
        "{error}"
    );
    // Closing a connection that the peer has torn down succeeds: it is closed.
    stream.close().await
}

#[heist::test]
async fn both_directions_can_be_closed_separately() -> io::Result<()> {
    let (mut client, mut server) = pair().await?;

    client.write_all(b"question").await?;
    {
        // `close` under tokio's name. No inherent method of the stream hides it.
        use heist::io::AsyncWriteExt as _;
        client.shutdown().await?;
    }
    let mut question = String::new();
    server.read_to_string(&mut question).await?;
    assert_eq!(question, "question");

    // The other direction is still open.
    server.write_all(b"answer").await?;
    server.shutdown_std(Shutdown::Write)?;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await?;
    assert_eq!(answer, "answer");

    let error = client.write(b"more").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    Ok(())
}

#[heist::test]
async fn shutting_reading_down_ends_a_waiting_read() -> io::Result<()> {
    let (stream, _peer) = pair_with_std().await?;
    let mut buf = [0; 16];
    let read = waits_for(stream.read(&mut buf), || {
        stream.shutdown_std(Shutdown::Read)
    });
    assert_eq!(read.await?, 0);
    Ok(())
}

#[heist::test]
async fn peek_leaves_the_bytes() -> io::Result<()> {
    let (mut stream, mut peer) = pair_with_std().await?;
    let mut buf = [0; 16];
    let peek = waits_for(stream.peek(&mut buf), || peer.write_all(b"hello"));
    assert_eq!(peek.await?, 5);
    assert_eq!(&buf[..5], b"hello");
    // A short peek must not make the next one, or a read, wait for more.
    assert_eq!(stream.peek(&mut buf).await?, 5);
    let mut word = [0; 5];
    stream.read_exact(&mut word).await?;
    assert_eq!(&word, b"hello");
    Ok(())
}

#[heist::test]
async fn vectored_reads_and_writes_keep_the_order() -> io::Result<()> {
    let (mut client, mut server) = pair().await?;

    let sent = client
        .write_vectored(&[IoSlice::new(b"one, "), IoSlice::new(b"two")])
        .await?;
    assert_eq!(sent, 8);
    let (mut first, mut second) = ([0; 3], [0; 16]);
    let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    let received = server.read_vectored(&mut buffers).await?;
    assert_eq!(received, 8);
    assert_eq!((&first, &second[..5]), (b"one", &b", two"[..]));

    let sent = server.try_write_vectored(&[IoSlice::new(b"three"), IoSlice::new(b"")])?;
    assert_eq!(sent, 5);
    let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    let received = loop {
        client.readable().await?;
        match client.try_read_vectored(&mut buffers) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            result => break result?,
        }
    };
    assert_eq!(received, 5);
    assert_eq!((&first, &second[..2]), (b"thr", &b"ee"[..]));
    Ok(())
}

#[heist::test]
async fn trying_does_not_wait() -> io::Result<()> {
    let (stream, mut peer) = pair_with_std().await?;
    let nothing = stream.try_read(&mut [0; 16]).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);

    let taken = fill(&stream, &[7; 65536]).await?;
    // The peer's reading makes room, which `writable` reports.
    peer.read_exact(&mut vec![0; taken])?;
    stream.writable().await?;
    assert_eq!(stream.try_write(b"x")?, 1);
    Ok(())
}

#[heist::test]
async fn an_empty_buffer_reads_nothing() -> io::Result<()> {
    let (mut stream, mut peer) = pair_with_std().await?;
    peer.write_all(b"x")?;
    stream.peek(&mut [0; 1]).await?;
    assert_eq!(stream.read(&mut []).await?, 0);
    assert_eq!(stream.write(&[]).await?, 0);
    stream.read_exact(&mut [0; 1]).await
}

#[heist::test]
async fn many_tasks_read_one_stream() -> io::Result<()> {
    const TASKS: usize = 8;
    let (stream, mut peer) = pair_with_std().await?;
    let stream = Arc::new(stream);
    let waiting = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..TASKS)
        .map(|_| {
            let (stream, waiting) = (Arc::clone(&stream), Arc::clone(&waiting));
            heist::spawn(async move {
                let mut byte = [0];
                let count = || {
                    waiting.fetch_add(1, Ordering::Release);
                    Ok(())
                };
                assert_eq!(waits_for(stream.read(&mut byte), count).await.unwrap(), 1);
                byte[0]
            })
        })
        .collect();
    while waiting.load(Ordering::Acquire) < TASKS {
        heist::task::yield_now().await;
    }

    // One event for all of them, and a byte for each.
    let sent: Vec<u8> = (0..TASKS as u8).collect();
    peer.write_all(&sent)?;
    let mut received = BTreeSet::new();
    for reader in readers {
        received.insert(reader.await.unwrap());
    }
    assert!(received.into_iter().eq(sent));
    Ok(())
}

#[heist::test]
async fn goes_to_std_and_back() -> io::Result<()> {
    let (stream, mut peer) = pair_with_std().await?;
    let addresses = (stream.local_addr()?, stream.peer_addr()?);

    let mut stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    peer.write_all(b"std")?;
    let mut word = [0; 3];
    stream.read_exact(&mut word)?;
    assert_eq!(&word, b"std");

    // In blocking mode, like std's streams: `from_std` changes that.
    let stream = TcpStream::from_std(stream)?;
    assert_eq!((stream.local_addr()?, stream.peer_addr()?), addresses);
    let read = waits_for(stream.read(&mut word), || peer.write_all(b"!"));
    assert_eq!(read.await?, 1);
    Ok(())
}

#[heist::test]
async fn options_are_set() -> io::Result<()> {
    let (stream, _peer) = pair_with_std().await?;
    for nodelay in [true, false] {
        stream.set_nodelay(nodelay)?;
        assert_eq!(stream.nodelay()?, nodelay);
    }
    for linger in [Some(Duration::from_secs(3)), None] {
        stream.set_linger(linger)?;
        assert_eq!(stream.linger()?, linger);
    }
    stream.set_ttl(42)?;
    assert_eq!(stream.ttl()?, 42);
    assert!(stream.set_ttl(100_000).is_err());
    assert!(stream.take_error()?.is_none());
    Ok(())
}

#[test]
fn a_stream_whose_runtime_is_gone_gives_errors() -> io::Result<()> {
    let runtime = heist::runtime::Runtime::new()?;
    let (stream, peer) = runtime.block_on(pair_with_std())?;
    let stream = Arc::new(stream);
    // Whether it waits already when the runtime ends, or only starts to: it must not hang.
    let reader = std::thread::spawn({
        let stream = Arc::clone(&stream);
        move || block_on(stream.read(&mut [0; 16]))
    });
    drop(runtime);
    assert!(reader.join().unwrap().is_err());
    assert!(block_on(stream.read(&mut [0; 16])).is_err());
    assert!(block_on((&*stream).write_all(b"x")).is_err());
    // The connection itself is intact.
    let mut socket = Arc::into_inner(stream)
        .expect("the reader is done")
        .into_std()?;
    socket.write_all(b"x")?;
    drop(socket);
    let mut received = Vec::new();
    (&peer).read_to_end(&mut received)?;
    assert_eq!(received, b"x");
    Ok(())
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn data_behind_an_urgent_byte_is_read() -> io::Result<()> {
    for _ in 0..20 {
        let (stream, mut peer) = pair_with_std().await?;
        peer.write_all(b"abc")?;
        socket2::SockRef::from(&peer).send_out_of_band(b"!")?;
        peer.write_all(b"def")?;
        // The first read stops at the urgent mark, which must not be taken as "drained".
        let mut read = Vec::new();
        while read.len() < 6 {
            let mut buf = [0; 64];
            let count = stream.read(&mut buf).await?;
            read.extend_from_slice(&buf[..count]);
        }
        assert_eq!(read, b"abcdef");
    }
    Ok(())
}
