//! How a copy ends: each side at a different time, or both at once after an error.

use std::io::{self, ErrorKind};
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream, copy_bidirectional};

use crate::copying::{Proxied, Text, expect_end, pair, read_text, write_text};

#[heist::test]
async fn the_client_may_end_first() -> io::Result<()> {
    let mut proxied = Proxied::new().await?;
    proxied.client.write_all(b"request").await?;
    proxied.client.close().await?;
    let mut request = String::new();
    proxied.server.read_to_string(&mut request).await?;
    assert_eq!(request, "request");

    // The opposite direction stays open, for as long as it takes.
    write_text(&proxied.server, &mut Text::new(1), 1000).await?;
    read_text(&proxied.client, &mut Text::new(1), 1000).await?;
    assert!(!proxied.copying.is_finished());
    proxied.server.close().await?;
    expect_end(&proxied.client).await?;
    assert_eq!(proxied.copying.await.unwrap()?, (7, 1000));
    Ok(())
}

#[heist::test]
async fn the_server_may_end_first() -> io::Result<()> {
    let mut proxied = Proxied::new().await?;
    proxied.server.write_all(b"greeting").await?;
    proxied.server.close().await?;
    let mut greeting = String::new();
    proxied.client.read_to_string(&mut greeting).await?;
    assert_eq!(greeting, "greeting");

    proxied.client.write_all(b"answer").await?;
    let mut answer = [0; 6];
    proxied.server.read_exact(&mut answer).await?;
    assert!(!proxied.copying.is_finished());
    proxied.client.close().await?;
    expect_end(&proxied.server).await?;
    assert_eq!(proxied.copying.await.unwrap()?, (6, 8));
    Ok(())
}

#[heist::test]
async fn nothing_at_all_ends_well() -> io::Result<()> {
    let mut proxied = Proxied::new().await?;
    proxied.client.close().await?;
    proxied.server.close().await?;
    assert_eq!(proxied.copying.await.unwrap()?, (0, 0));
    Ok(())
}

/// Returns a stream, and its peer, which can reset the connection by being dropped.
async fn pair_with_resetter() -> io::Result<(TcpStream, std::net::TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let peer = std::net::TcpStream::connect(listener.local_addr()?)?;
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO))?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, peer))
}

/// Runs a copy whose `a` or `b` is reset while a flood goes from there to the other side (or from
/// the other side to there). Returns its error, after checking that the other side is closed, too.
async fn reset_in_a_flood(resets_a: bool, resets_sender: bool) -> io::Result<io::Error> {
    let (mut broken, resetter) = pair_with_resetter().await?;
    let (mut whole, other) = pair().await?;
    let copying = heist::spawn(async move {
        if resets_a {
            copy_bidirectional(&mut broken, &mut whole).await
        } else {
            copy_bidirectional(&mut whole, &mut broken).await
        }
    });
    resetter.set_nonblocking(true)?;
    let resetter = TcpStream::from_std(resetter)?;
    let (sender, receiver) = match resets_sender {
        true => (&resetter, &other),
        false => (&other, &resetter),
    };
    let (mut sent, mut received) = (Text::new(1), Text::new(1));
    let flood = write_text(sender, &mut sent, usize::MAX);
    let sink = read_text(receiver, &mut received, 9 << 20);
    // In the middle: the sender is still sending.
    futures_lite::future::or(async { flood.await.map(|()| unreachable!()) }, sink).await?;
    drop(resetter);

    // The other side reads the bytes in transit, and is closed; or reset, if it was still sending.
    let mut buf = vec![0; 65536];
    while let Ok(1..) = other.read(&mut buf).await {}
    Ok(copying.await.unwrap().unwrap_err())
}

#[heist::test]
async fn a_reset_of_either_side_ends_both_ways() -> io::Result<()> {
    for (resets_a, resets_sender) in [(true, true), (true, false), (false, true), (false, false)] {
        let error = reset_in_a_flood(resets_a, resets_sender).await?;
        assert!(
            matches!(
                error.kind(),
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
            ),
            "{error}"
        );
    }
    Ok(())
}

#[heist::test]
async fn a_reset_of_an_idle_side_ends_both_ways() -> io::Result<()> {
    let (mut broken, resetter) = pair_with_resetter().await?;
    let (mut whole, other) = pair().await?;
    let copying = heist::spawn(async move { copy_bidirectional(&mut whole, &mut broken).await });
    drop(resetter);
    let error = copying.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    expect_end(&other).await
}

/// The bytes in transit of a dropped copy must not appear in the next one.
#[heist::test]
async fn bytes_of_a_dropped_copy_appear_nowhere_else() -> io::Result<()> {
    for _ in 0..20 {
        let Proxied {
            client,
            server,
            copying,
        } = Proxied::new().await?;
        let flood =
            heist::spawn(async move { write_text(&client, &mut Text::new(1), usize::MAX).await });
        read_text(&server, &mut Text::new(1), 3 << 20).await?;
        copying.abort();
        assert!(copying.await.unwrap_err().is_cancelled());
        flood.await.unwrap().unwrap_err();

        let next = Proxied::new().await?;
        let (mut sent, mut received) = (Text::new(2), Text::new(2));
        let write = write_text(&next.client, &mut sent, 3 << 20);
        let read = read_text(&next.server, &mut received, 3 << 20);
        let (written, read) = futures_lite::future::zip(write, read).await;
        written.and(read)?;
    }
    Ok(())
}
