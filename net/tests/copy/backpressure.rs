//! Slow receivers: only their own copies wait for them.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_lite::future::poll_once;
use heist::io::AsyncWriteExt;
use heist::net::{TcpStream, copy_bidirectional};

use crate::copying::{Proxied, Text, expect_end, pair, read_text};

/// More than all buffers on the way hold together: 4 MiB to send and 6 MiB to receive for each
/// connection, at Linux's defaults, and the copy's own.
const BEYOND_BUFFERS: usize = 64 << 20;

/// Writes the text until no more is accepted, and returns how much was.
async fn fill(stream: &TcpStream, text: &mut Text) -> io::Result<usize> {
    let mut taken = 0;
    while let Some(writable) = poll_once(stream.writable()).await {
        writable?;
        match stream.try_write(text.next(65536)) {
            Ok(count) => {
                text.advance(count);
                taken += count;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}

/// Wraps `future` to count its polls.
fn counted<F: Future>(future: F) -> (impl Future<Output = F::Output>, Arc<AtomicUsize>) {
    let polls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&polls);
    let mut future = Box::pin(future);
    let counting = std::future::poll_fn(move |cx| {
        counter.fetch_add(1, SeqCst);
        future.as_mut().poll(cx)
    });
    (counting, polls)
}

#[heist::test]
async fn a_receiver_that_never_reads_holds_up_only_its_own_sender() -> io::Result<()> {
    let (mut client, mut near) = pair().await?;
    let (mut far, server) = pair().await?;
    let copy = async move { copy_bidirectional(&mut near, &mut far).await };
    let (copy, polls) = counted(copy);
    let copying = heist::spawn(copy);
    let mut other = Proxied::new().await?;

    let (mut sent, mut total) = (Text::new(7), 0);
    loop {
        let before = polls.load(SeqCst);
        let taken = fill(&client, &mut sent).await?;
        total += taken;
        assert!(total < BEYOND_BUFFERS, "somebody hoards");
        for _ in 0..100 {
            other.round_trip().await?;
        }
        // The copy is idle, and is not polled while others run. A copy that kept polling would keep
        // this loop from ending.
        if taken == 0 && polls.load(SeqCst) == before {
            break;
        }
    }

    // It continues where it stopped.
    let rest = heist::spawn(async move {
        crate::copying::write_text(&client, &mut sent, 5 << 20).await?;
        client.close().await?;
        io::Result::Ok(client)
    });
    total += 5 << 20;
    read_text(&server, &mut Text::new(7), total).await?;
    expect_end(&server).await?;
    drop(server);
    drop(rest.await.unwrap()?);
    assert_eq!(copying.await.unwrap()?, (total as u64, 0));
    Ok(())
}

#[heist::test]
async fn the_other_direction_continues() -> io::Result<()> {
    let mut proxied = Proxied::new().await?;
    let mut flood = Text::new(8);
    while fill(&proxied.client, &mut flood).await? > 0 {
        heist::task::yield_now().await;
    }
    let mut back = Text::new(9);
    let writer = proxied.server.split().1;
    let write = crate::copying::write_text(writer, &mut back, 20 << 20);
    let mut expected = Text::new(9);
    let read = read_text(&proxied.client, &mut expected, 20 << 20);
    let (written, read) = futures_lite::future::zip(write, read).await;
    written.and(read)
}
