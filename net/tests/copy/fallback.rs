//! Where `splice` does not work a buffer takes over, and nothing is lost.

use std::io;

use heist::io::AsyncWriteExt;
use heist::net::{TcpStream, copy_bidirectional};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::copying::{Text, expect_end, pair, read_text, write_text};

const TOTAL: usize = (8 << 20) + 17;

/// Linux does not splice to descriptors in append mode. For a socket the flag has no other effect.
fn refuse_splice(stream: &TcpStream) -> io::Result<()> {
    let flags = fcntl_getfl(stream)?;
    Ok(fcntl_setfl(stream, flags | OFlags::APPEND)?)
}

#[heist::test]
async fn a_writer_that_cannot_be_spliced_to_gets_all_bytes() -> io::Result<()> {
    let (client, mut near) = pair().await?;
    let (mut far, server) = pair().await?;
    refuse_splice(&far)?;
    let copying = heist::spawn(async move { copy_bidirectional(&mut near, &mut far).await });
    let sender = heist::spawn(async move {
        let mut client = client;
        write_text(&client, &mut Text::new(1), TOTAL).await?;
        client.close().await?;
        io::Result::Ok(client)
    });
    read_text(&server, &mut Text::new(1), TOTAL).await?;
    expect_end(&server).await?;
    drop(server);
    sender.await.unwrap()?;
    assert_eq!(copying.await.unwrap()?, (TOTAL as u64, 0));
    Ok(())
}

#[heist::test]
async fn splice_may_stop_working_at_any_time() -> io::Result<()> {
    let (client, mut near) = pair().await?;
    let (far, server) = pair().await?;
    let far_again =
        TcpStream::from_std(std::os::fd::AsFd::as_fd(&far).try_clone_to_owned()?.into())?;
    let mut far = far;
    let copying = heist::spawn(async move { copy_bidirectional(&mut near, &mut far).await });
    let sender = heist::spawn(async move {
        let mut client = client;
        write_text(&client, &mut Text::new(2), TOTAL).await?;
        client.close().await?;
        io::Result::Ok(client)
    });
    let mut text = Text::new(2);
    // With the flood running and the receiver behind, there are bytes in the pipe by now.
    read_text(&server, &mut text, TOTAL / 2).await?;
    refuse_splice(&far_again)?;
    read_text(&server, &mut text, TOTAL - TOTAL / 2).await?;
    drop(far_again);
    drop(server);
    sender.await.unwrap()?;
    assert_eq!(copying.await.unwrap()?, (TOTAL as u64, 0));
    Ok(())
}

/// At the urgent mark `splice` reports that nothing is available, for ever. Only epoll, used
/// directly, reports urgent data.
#[cfg(not(heist_portable_driver))]
#[heist::test]
async fn bytes_behind_urgent_data_are_not_held_back() -> io::Result<()> {
    use heist::net::TcpListener;
    use std::io::Write;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut client = std::net::TcpStream::connect(listener.local_addr()?)?;
    let (mut near, _) = listener.accept().await?;
    let (mut far, server) = pair().await?;
    let copying = heist::spawn(async move { copy_bidirectional(&mut near, &mut far).await });
    let sender = heist::spawn_blocking(move || {
        let mut text = Text::new(3);
        let mut left = 5 << 20;
        while left > 0 {
            let count = client.write(text.next(left))?;
            text.advance(count);
            left -= count;
        }
        rustix::net::send(&client, b"!", rustix::net::SendFlags::OOB)?;
        client.write_all(text.next(100))?;
        io::Result::Ok(client)
    });
    // The urgent byte itself is out of band, and not copied. No later bytes trigger another event,
    // and the connection stays open.
    read_text(&server, &mut Text::new(3), (5 << 20) + 100).await?;
    assert!(!copying.is_finished());
    drop(sender.await.unwrap()?);
    drop(server);
    copying.await.unwrap()?;
    Ok(())
}
