//! `heist::io::copy_bidirectional`: any reader and writer, through a buffer.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_lite::io::{AsyncRead, AsyncWrite, BufReader, BufWriter};
use heist::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use heist::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::copying::{Text, expect_end, pair, read_text, write_text};

/// A stream made of a reader and a writer.
struct Joined<R, W>(R, W);

impl<R: AsyncRead + Unpin, W: Unpin> AsyncRead for Joined<R, W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<R: Unpin, W: AsyncWrite + Unpin> AsyncWrite for Joined<R, W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.1).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.1).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.1).poll_close(cx)
    }
}

type Buffered = Joined<BufReader<OwnedReadHalf>, BufWriter<OwnedWriteHalf>>;

fn buffered(stream: heist::net::TcpStream) -> Buffered {
    let (reader, writer) = stream.into_split();
    Joined(BufReader::new(reader), BufWriter::new(writer))
}

#[heist::test]
async fn buffered_streams_are_flushed_when_they_must_wait() -> io::Result<()> {
    let (mut client, near) = pair().await?;
    let (far, mut server) = pair().await?;
    let (mut near, mut far) = (buffered(near), buffered(far));
    let copying = heist::spawn(async move { copy_bidirectional(&mut near, &mut far).await });

    for _ in 0..10 {
        client.write_all(b"ping").await?;
        let mut word = [0; 4];
        server.read_exact(&mut word).await?;
        server.write_all(b"pong").await?;
        client.read_exact(&mut word).await?;
        assert_eq!(&word, b"pong");
    }
    let (mut sent, mut received) = (Text::new(1), Text::new(1));
    let write = write_text(&client, &mut sent, 20 << 20);
    let read = read_text(&server, &mut received, 20 << 20);
    let (written, read) = futures_lite::future::zip(write, read).await;
    written.and(read)?;

    client.close().await?;
    expect_end(&server).await?;
    server.write_all(b"bye").await?;
    server.close().await?;
    let mut rest = String::new();
    client.read_to_string(&mut rest).await?;
    assert_eq!(rest, "bye");
    assert_eq!(copying.await.unwrap()?, ((20 << 20) + 40, 43));
    Ok(())
}

/// Reads and writes without end, `.0` bytes at a time, and counts them.
struct Endless(usize, usize);

impl AsyncRead for Endless {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let count = self.0.min(buf.len());
        self.1 += count;
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Endless {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.0.min(buf.len())))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Returns the number of bytes copied in one poll, which must end and wake its task.
async fn bytes_in_one_poll(at_a_time: usize) -> usize {
    let task = heist::spawn(async move {
        let (mut a, mut b) = (Endless(at_a_time, 0), Endless(at_a_time, 0));
        {
            let mut copy = pin!(copy_bidirectional(&mut a, &mut b));
            let mut cx = Context::from_waker(Waker::noop());
            assert!(copy.as_mut().poll(&mut cx).is_pending());
        }
        a.1 + b.1
    });
    task.await.unwrap()
}

#[heist::test]
async fn one_poll_ends() {
    let large = bytes_in_one_poll(usize::MAX).await;
    assert!((1..=2 << 20).contains(&large), "{large} bytes in one poll");
    let small = bytes_in_one_poll(1).await;
    assert!((1..=1000).contains(&small), "{small} reads in one poll");
}

#[heist::test]
async fn copies_that_never_wait_let_others_run() {
    let endless = heist::spawn(async {
        let (mut a, mut b) = (Endless(usize::MAX, 0), Endless(1, 0));
        copy_bidirectional(&mut a, &mut b).await
    });
    let others: Vec<_> = (0..8)
        .map(|_| {
            heist::spawn(async {
                for _ in 0..50 {
                    heist::task::yield_now().await;
                }
            })
        })
        .collect();
    for other in others {
        other.await.unwrap();
    }
    assert!(!endless.is_finished());
    endless.abort();
    assert!(endless.await.unwrap_err().is_cancelled());
}

#[heist::test]
async fn a_writer_that_accepts_no_bytes_is_an_error() -> io::Result<()> {
    let (mut client, near) = pair().await?;
    let mut near = near;
    client.write_all(b"hello").await?;
    let error = copy_bidirectional(&mut near, &mut Joined(Never, Endless(0, 0)))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    Ok(())
}

/// Never has anything to read, and never ends.
struct Never;

impl AsyncRead for Never {
    fn poll_read(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        _buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Pending
    }
}
