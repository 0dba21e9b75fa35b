//! The halves of a stream, borrowed and owned.

use std::io::{self, Read, Write};
use std::sync::Arc;

use futures_lite::future::zip;
use futures_lite::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::{pair, pair_with_std, pattern, waits_for};

/// More than the buffers of a connection hold, so that each side must read while it writes.
const BEYOND_BUFFERS: usize = 32 << 20;

/// Reads to the end and compares.
async fn expect(mut reader: impl AsyncRead + Unpin, expected: &[u8]) -> io::Result<()> {
    let mut buf = vec![0; 1 << 16];
    let mut received = 0;
    loop {
        let count = reader.read(&mut buf).await?;
        if count == 0 {
            assert_eq!(received, expected.len());
            return Ok(());
        }
        assert!(
            expected[received..].starts_with(&buf[..count]),
            "wrong bytes after {received}"
        );
        received += count;
    }
}

#[heist::test]
async fn borrowed_halves_work_at_the_same_time() -> io::Result<()> {
    let (mut client, mut server) = pair().await?;
    let echo = heist::spawn(async move {
        let (reader, mut writer) = server.split();
        futures_lite::io::copy(reader, &mut writer).await?;
        writer.close().await
    });

    let sent = pattern(BEYOND_BUFFERS);
    let (reader, mut writer) = client.split();
    let write = async {
        writer.write_all(&sent).await?;
        writer.close().await
    };
    let (written, read) = zip(write, expect(reader, &sent)).await;
    written?;
    read?;
    echo.await.unwrap()
}

#[heist::test]
async fn owned_halves_work_in_two_tasks() -> io::Result<()> {
    let (client, server) = pair().await?;
    let echo = heist::spawn(async move {
        let (reader, mut writer) = server.into_split();
        futures_lite::io::copy(reader, &mut writer).await
    });

    let sent = Arc::new(pattern(BEYOND_BUFFERS));
    let expected = Arc::clone(&sent);
    let (reader, mut writer) = client.into_split();
    // Dropping the half at the end of its task ends the stream.
    let write = heist::spawn(async move { writer.write_all(&sent).await });
    let read = heist::spawn(async move { expect(reader, &expected).await });
    write.await.unwrap()?;
    read.await.unwrap()?;
    assert_eq!(echo.await.unwrap()?, BEYOND_BUFFERS as u64);
    Ok(())
}

#[heist::test]
async fn dropping_the_owned_writer_ends_one_way_only() -> io::Result<()> {
    let (stream, mut peer) = pair_with_std().await?;
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(b"bye").await?;
    drop(writer);

    let mut farewell = String::new();
    peer.read_to_string(&mut farewell)?;
    assert_eq!(farewell, "bye");
    peer.write_all(b"still here")?;
    let mut word = [0; 10];
    reader.read_exact(&mut word).await?;
    assert_eq!(&word, b"still here");
    Ok(())
}

#[heist::test]
async fn dropping_the_owned_reader_leaves_writing() -> io::Result<()> {
    let (stream, mut peer) = pair_with_std().await?;
    let (reader, mut writer) = stream.into_split();
    drop(reader);
    writer.write_all(b"hello").await?;
    writer.close().await?;
    let mut text = String::new();
    peer.read_to_string(&mut text)?;
    assert_eq!(text, "hello");
    Ok(())
}

#[heist::test]
async fn a_forgotten_writer_leaves_the_direction_open() -> io::Result<()> {
    let (stream, mut peer) = pair_with_std().await?;
    let (reader, writer) = stream.into_split();
    writer.forget();
    peer.set_nonblocking(true)?;
    let nothing = peer.read(&mut [0; 1]).unwrap_err();
    assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);

    // The last half closes the connection.
    drop(reader);
    peer.set_nonblocking(false)?;
    assert_eq!(peer.read(&mut [0; 1])?, 0);
    Ok(())
}

#[heist::test]
async fn halves_reunite_with_their_own_kind_only() -> io::Result<()> {
    let (first, mut peer) = pair_with_std().await?;
    let (second, _other_peer) = pair_with_std().await?;
    let address = first.local_addr()?;
    let (reader, writer) = first.into_split();
    let (other_reader, other_writer) = second.into_split();

    let error = reader.reunite(other_writer).unwrap_err();
    assert!(error.to_string().contains("not of the same"), "{error}");
    let (reader, other_writer) = (error.0, error.1);
    other_writer
        .reunite(other_reader)
        .expect("the second stream's halves");

    let mut stream = reader.reunite(writer).expect("the first stream's halves");
    assert_eq!(stream.local_addr()?, address);
    // Reuniting has not shut anything down.
    stream.write_all(b"whole").await?;
    let mut word = [0; 5];
    peer.read_exact(&mut word)?;
    assert_eq!(&word, b"whole");
    Ok(())
}

#[heist::test]
async fn halves_have_the_streams_methods_for_their_direction() -> io::Result<()> {
    let (mut stream, mut peer) = pair_with_std().await?;
    let (local, remote) = (stream.local_addr()?, stream.peer_addr()?);
    let (reader, writer) = stream.split();
    assert_eq!((reader.local_addr()?, reader.peer_addr()?), (local, remote));
    assert_eq!((writer.local_addr()?, writer.peer_addr()?), (local, remote));
    writer.as_ref().set_nodelay(true)?;
    assert!(reader.as_ref().nodelay()?);

    writer.writable().await?;
    assert_eq!(writer.try_write(b"out")?, 3);
    peer.read_exact(&mut [0; 3])?;

    let mut buf = [0; 2];
    let peek = waits_for(reader.peek(&mut buf), || peer.write_all(b"in"));
    assert_eq!(peek.await?, 2);
    reader.readable().await?;
    buf = [0; 2];
    assert_eq!(reader.try_read(&mut buf)?, 2);
    assert_eq!(&buf, b"in");
    Ok(())
}
