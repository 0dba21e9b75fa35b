//! tokio's I/O traits and conveniences on heist's streams, without tokio's runtime.

use std::io;

use heist::net::{TcpListener, TcpStream};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

async fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    Ok((client, listener.accept().await?.0))
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

#[heist::test]
async fn whole_messages_both_ways() -> io::Result<()> {
    let (mut client, mut server) = pair().await?;
    let sent = pattern(1 << 20);
    let writer = {
        let sent = sent.clone();
        heist::spawn(async move {
            AsyncWriteExt::write_all(&mut client, &sent).await?;
            // The trait's method: no inherent method of the stream hides it.
            client.shutdown().await?;
            // The other direction is still open.
            let mut answer = String::new();
            AsyncReadExt::read_to_string(&mut client, &mut answer).await?;
            io::Result::Ok(answer)
        })
    };
    let mut received = Vec::new();
    AsyncReadExt::read_to_end(&mut server, &mut received).await?;
    assert!(received == sent);
    AsyncWriteExt::write_all(&mut server, b"got it").await?;
    drop(server);
    assert_eq!(writer.await.unwrap()?, "got it");
    Ok(())
}

#[heist::test]
async fn halves_lines_and_copying() -> io::Result<()> {
    let (client, server) = pair().await?;
    heist::spawn(async move {
        let (mut reader, mut writer) = server.into_split();
        tokio::io::copy(&mut reader, &mut writer).await
    });
    let (reader, mut writer) = client.into_split();
    AsyncWriteExt::write_all(&mut writer, b"one\ntwo\nthree").await?;
    drop(writer);
    let mut lines = BufReader::new(reader).lines();
    let mut echoed = Vec::new();
    while let Some(line) = lines.next_line().await? {
        echoed.push(line);
    }
    assert_eq!(echoed, ["one", "two", "three"]);
    Ok(())
}

#[cfg(unix)]
#[heist::test]
async fn unix_streams_and_pipes() -> io::Result<()> {
    let (mut one, mut other) = heist::net::UnixStream::pair()?;
    AsyncWriteExt::write_all(&mut one, b"hello").await?;
    drop(one);
    let mut text = String::new();
    AsyncReadExt::read_to_string(&mut other, &mut text).await?;
    assert_eq!(text, "hello");

    let (mut sender, mut receiver) = heist::net::unix::pipe::pipe()?;
    AsyncWriteExt::write_all(&mut sender, b"hello").await?;
    drop(sender);
    text.clear();
    AsyncReadExt::read_to_string(&mut receiver, &mut text).await?;
    assert_eq!(text, "hello");
    Ok(())
}

#[heist::test]
async fn nothing_is_read_into_a_full_buffer() -> io::Result<()> {
    let (mut client, mut server) = pair().await?;
    AsyncWriteExt::write_all(&mut client, b"hello").await?;
    server.readable().await?;
    assert_eq!(AsyncReadExt::read(&mut server, &mut []).await?, 0);
    let mut buf = Vec::with_capacity(64);
    assert_eq!(AsyncReadExt::read_buf(&mut server, &mut buf).await?, 5);
    assert_eq!(buf, b"hello");
    Ok(())
}
