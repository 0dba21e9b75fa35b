//! Every byte arrives, once and in order, and is counted.

use std::io;

use futures_lite::future::zip;
use heist::io::{AsyncReadExt, AsyncWriteExt};

use crate::copying::{Proxied, Text, expect_end, pair, read_text, write_text};

const LARGE: usize = (64 << 20) + 4321;

async fn send(writer: impl AsyncWriteExt + Unpin, number: usize, total: usize) -> io::Result<()> {
    let mut writer = writer;
    write_text(&mut writer, &mut Text::new(number), total).await?;
    writer.close().await
}

async fn receive(reader: impl AsyncReadExt + Unpin, number: usize, total: usize) -> io::Result<()> {
    let mut reader = reader;
    read_text(&mut reader, &mut Text::new(number), total).await?;
    expect_end(reader).await
}

#[heist::test]
async fn large_amounts_cross_both_ways_at_once() -> io::Result<()> {
    let Proxied {
        client,
        server,
        copying,
    } = Proxied::new().await?;
    let (client_reader, client_writer) = client.into_split();
    let (server_reader, server_writer) = server.into_split();
    let tasks = [
        heist::spawn(send(client_writer, 1, LARGE)),
        heist::spawn(receive(server_reader, 1, LARGE)),
        heist::spawn(send(server_writer, 2, LARGE / 2)),
        heist::spawn(receive(client_reader, 2, LARGE / 2)),
    ];
    for task in tasks {
        task.await.unwrap()?;
    }
    assert_eq!(copying.await.unwrap()?, (LARGE as u64, (LARGE / 2) as u64));
    Ok(())
}

#[heist::test]
async fn small_messages_after_large_ones() -> io::Result<()> {
    let mut proxied = Proxied::new().await?;
    let (mut to_server, mut to_client) = (Text::new(3), Text::new(4));
    let (mut sent, mut expected) = (Text::new(3), Text::new(4));
    for total in [3 << 20, 5, 64 << 10, 1, 900_001, 64] {
        let (client, server) = (&proxied.client, &proxied.server);
        let there = zip(
            write_text(client, &mut to_server, total),
            read_text(server, &mut sent, total),
        );
        let back = zip(
            write_text(server, &mut to_client, total),
            read_text(client, &mut expected, total),
        );
        let ((a, b), (c, d)) = zip(there, back).await;
        a.and(b).and(c).and(d)?;
        proxied.round_trip().await?;
    }
    Ok(())
}

#[heist::test]
async fn a_copy_one_way_leaves_the_writer_open() -> io::Result<()> {
    let (client, near) = pair().await?;
    let (far, server) = pair().await?;
    let (mut reader, _near_writer) = near.into_split();
    let (_far_reader, mut writer) = far.into_split();
    let copying = heist::spawn(async move {
        let count = heist::net::copy(&mut reader, &mut writer).await?;
        writer.write_all(b"and more").await?;
        io::Result::Ok(count)
    });
    let sent = heist::spawn(send(client, 5, 1_234_567));
    read_text(&server, &mut Text::new(5), 1_234_567).await?;
    let mut more = [0; 8];
    (&server).read_exact(&mut more).await?;
    assert_eq!(&more, b"and more");
    sent.await.unwrap()?;
    assert_eq!(copying.await.unwrap()?, 1_234_567);
    Ok(())
}

#[heist::test]
async fn a_stream_copies_to_itself() -> io::Result<()> {
    let (client, mut server) = pair().await?;
    let echo = heist::spawn(async move {
        let (mut reader, mut writer) = server.split();
        heist::net::copy(&mut reader, &mut writer).await
    });
    let (reader, writer) = client.into_split();
    let sent = heist::spawn(send(writer, 6, 8 << 20));
    receive(reader, 6, 8 << 20).await?;
    sent.await.unwrap()?;
    assert_eq!(echo.await.unwrap()?, 8 << 20);
    Ok(())
}
