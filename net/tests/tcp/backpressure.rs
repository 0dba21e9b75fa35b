//! Writers that are faster than their readers: they wait, and nothing is lost.

use std::io::{self, ErrorKind};

use futures_lite::io::{AsyncReadExt, AsyncWriteExt};

use crate::{fill, pair, pattern};

#[heist::test]
async fn a_huge_write_reaches_a_slow_reader_whole() -> io::Result<()> {
    // Sent repeatedly; its length is not a multiple of any buffer's.
    let chunk = pattern(1_000_003);
    let (mut client, server) = pair().await?;
    let taken = fill(&client, &chunk).await?;
    // Nothing is read yet, and there is no room: this has to wait.
    let rest: Vec<u8> = chunk
        .iter()
        .copied()
        .cycle()
        .skip(taken)
        .take(8 << 20)
        .collect();
    let total = taken + rest.len();
    let writer = heist::spawn(async move {
        client.write_all(&rest).await?;
        client.close().await
    });

    // Reads of odd sizes, between which the writer may run.
    let mut expected = chunk.iter().cycle();
    let mut received = 0;
    let mut buf = vec![0; 100_003];
    for size in [1, 4096, 100_003, 333].into_iter().cycle() {
        let count = server.read(&mut buf[..size]).await?;
        if count == 0 {
            break;
        }
        let right = buf[..count].iter().eq(expected.by_ref().take(count));
        assert!(right, "wrong bytes after {received}");
        received += count;
        heist::task::yield_now().await;
    }
    assert_eq!(received, total);
    writer.await.unwrap()
}

#[heist::test]
async fn a_full_connection_does_not_hold_up_another() -> io::Result<()> {
    let (full, _never_reads) = pair().await?;
    fill(&full, &[0; 65536]).await?;
    let waiting = heist::spawn(async move { (&full).write_all(&vec![0; 64 << 20]).await });

    let (mut client, mut server) = pair().await?;
    for round in 0..100_u8 {
        client.write_all(&[round]).await?;
        let mut byte = [0];
        server.read_exact(&mut byte).await?;
        assert_eq!(byte, [round]);
    }
    assert!(!waiting.is_finished());
    waiting.abort();
    assert!(waiting.await.is_err());
    Ok(())
}

#[heist::test]
async fn a_reader_that_goes_away_ends_a_waiting_write() -> io::Result<()> {
    let (full, reader) = pair().await?;
    fill(&full, &[0; 65536]).await?;
    let write = heist::spawn(async move {
        // The bytes in transit may still make room for some of them.
        loop {
            if let Err(error) = full.write(&[0; 65536]).await {
                return error;
            }
        }
    });

    // It has unread data, so the connection is reset.
    drop(reader);
    let error = write.await.unwrap();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        ),
        "{error}"
    );
    Ok(())
}
