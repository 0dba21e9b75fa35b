//! Unix streams and pipes are copied from and to as TCP connections are.

use std::fs::File;
use std::io::{self, Write};

use futures_lite::future::zip;
use heist::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use heist::net::unix::pipe;
use heist::net::{UnixStream, copy, copy_bidirectional, sendfile};

use crate::copying::{Text, expect_end, pair, read_text, write_text};

const TOTAL: usize = (10 << 20) + 3;

/// Writes a text at one end, and expects it, and then the end of the stream, at the other.
async fn cross(
    mut writer: impl AsyncWrite + Unpin,
    mut reader: impl AsyncRead + Unpin,
) -> io::Result<()> {
    let (mut sent, mut received) = (Text::new(1), Text::new(1));
    let write = async move {
        write_text(&mut writer, &mut sent, TOTAL).await?;
        writer.close().await
        // Dropped here: a pipe ends only by that.
    };
    let read = async {
        read_text(&mut reader, &mut received, TOTAL).await?;
        expect_end(reader).await
    };
    let (written, read) = zip(write, read).await;
    written.and(read)
}

#[heist::test]
async fn between_a_unix_stream_and_a_tcp_connection() -> io::Result<()> {
    let (client, mut near) = UnixStream::pair()?;
    let (mut far, server) = pair().await?;
    let copying = heist::spawn(async move { copy_bidirectional(&mut near, &mut far).await });
    let (client_reader, client_writer) = client.into_split();
    let (server_reader, server_writer) = server.into_split();
    let there = cross(client_writer, server_reader);
    let back = cross(server_writer, client_reader);
    let (there, back) = zip(there, back).await;
    there.and(back)?;
    assert_eq!(copying.await.unwrap()?, (TOTAL as u64, TOTAL as u64));
    Ok(())
}

#[heist::test]
async fn from_a_pipe_and_to_a_pipe() -> io::Result<()> {
    let (pipe_writer, mut pipe_reader) = pipe::pipe()?;
    let (mut stream, far) = pair().await?;
    let copying = heist::spawn(async move { copy(&mut pipe_reader, &mut stream).await });
    cross(pipe_writer, far).await?;
    assert_eq!(copying.await.unwrap()?, TOTAL as u64);

    let (mut pipe_writer, pipe_reader) = pipe::pipe()?;
    let (near, mut stream) = pair().await?;
    let copying = heist::spawn(async move { copy(&mut stream, &mut pipe_writer).await });
    cross(near, pipe_reader).await?;
    assert_eq!(copying.await.unwrap()?, TOTAL as u64);
    Ok(())
}

#[heist::test]
async fn from_pipe_to_pipe() -> io::Result<()> {
    let (writer, mut from) = pipe::pipe()?;
    let (mut to, reader) = pipe::pipe()?;
    let copying = heist::spawn(async move { copy(&mut from, &mut to).await });
    cross(writer, reader).await?;
    assert_eq!(copying.await.unwrap()?, TOTAL as u64);
    Ok(())
}

#[heist::test]
async fn a_pipe_without_a_reader_is_an_error() -> io::Result<()> {
    let (mut pipe_writer, pipe_reader) = pipe::pipe()?;
    let (near, mut stream) = pair().await?;
    let copying = heist::spawn(async move { copy(&mut stream, &mut pipe_writer).await });
    let flood = heist::spawn(async move { write_text(&near, &mut Text::new(1), usize::MAX).await });
    read_text(&pipe_reader, &mut Text::new(1), 3 << 20).await?;
    drop(pipe_reader);
    let error = copying.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    flood.await.unwrap().unwrap_err();
    Ok(())
}

#[heist::test]
async fn files_go_to_unix_streams_and_pipes() -> io::Result<()> {
    let name = format!("sendfile-unix-{}", std::process::id());
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let text = Text::new(1).next(usize::MAX);
    File::create(&path)?.write_all(text)?;
    let file = File::open(&path)?;
    std::fs::remove_file(path)?;

    let (stream, mut reader) = UnixStream::pair()?;
    let mut received = vec![0; text.len()];
    let mut range = 0..u64::MAX;
    let (sent, read) = zip(
        sendfile(&file, &mut range, &stream),
        reader.read_exact(&mut received),
    )
    .await;
    read?;
    assert_eq!((sent?, &received[..]), (text.len() as u64, text));

    let (pipe_writer, mut pipe_reader) = pipe::pipe()?;
    received.fill(0);
    range.start = 0;
    let (sent, read) = zip(
        sendfile(&file, &mut range, &pipe_writer),
        pipe_reader.read_exact(&mut received),
    )
    .await;
    read?;
    assert_eq!((sent?, &received[..]), (text.len() as u64, text));
    Ok(())
}
