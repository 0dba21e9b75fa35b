//! Datagrams in batches.

use std::io::{self, IoSliceMut};

use futures_lite::future::poll_once;
use heist::net::UdpSocket;
use heist::net::udp::batch::{BATCH_SIZE, BatchSocket, EcnCodepoint, RecvMeta, Transmit};

async fn socket() -> io::Result<BatchSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.set_recv_buffer_size(1 << 20)?;
    BatchSocket::new(socket)
}

/// Receives `count` datagrams, in any number of batches.
async fn receive(socket: &BatchSocket, count: usize) -> io::Result<Vec<(Vec<u8>, RecvMeta)>> {
    let mut datagrams = Vec::new();
    while datagrams.len() < count {
        let mut memory = vec![vec![0; 65_536]; BATCH_SIZE];
        let mut bufs: Vec<_> = memory.iter_mut().map(|buf| IoSliceMut::new(buf)).collect();
        let mut meta = [RecvMeta::default(); BATCH_SIZE];
        let filled = socket.recv(&mut bufs, &mut meta).await?;
        for (buf, meta) in memory.iter().zip(meta).take(filled) {
            for datagram in buf[..meta.len].chunks(meta.stride.max(1)) {
                datagrams.push((datagram.to_vec(), meta));
            }
        }
    }
    Ok(datagrams)
}

#[heist::test]
async fn segments_arrive_one_by_one_with_their_marks() -> io::Result<()> {
    let (sender, receiver) = (socket().await?, socket().await?);
    let segments = sender.max_gso_segments().min(10);
    let contents: Vec<u8> = (0..segments).flat_map(|n| [n as u8; 1000]).collect();
    let sending = Transmit {
        destination: receiver.get_ref().local_addr()?,
        ecn: Some(EcnCodepoint::Ect0),
        contents: &contents,
        segment_size: (segments > 1).then_some(1000),
        src_ip: None,
    };
    let received = futures_lite::future::zip(receive(&receiver, segments), async {
        sender.send(&sending).await
    });
    let (received, sent) = received.await;
    sent?;
    let from = sender.get_ref().local_addr()?;
    for (n, (datagram, meta)) in received?.into_iter().enumerate() {
        assert_eq!(datagram, [n as u8; 1000]);
        assert_eq!(meta.addr, from);
        assert_eq!(meta.ecn, Some(EcnCodepoint::Ect0));
        assert_eq!(meta.dst_ip, Some([127, 0, 0, 1].into()));
    }
    Ok(())
}

#[heist::test]
async fn many_datagrams_come_in_few_batches_and_in_order() -> io::Result<()> {
    let (sender, receiver) = (socket().await?, socket().await?);
    let destination = receiver.get_ref().local_addr()?;
    for n in 0..100_u8 {
        sender.get_ref().send_to(&[n; 100], destination).await?;
    }
    let received = receive(&receiver, 100).await?;
    let order: Vec<_> = received.iter().map(|(datagram, _)| datagram[0]).collect();
    assert_eq!(order, (0..100).collect::<Vec<_>>());
    Ok(())
}

#[heist::test]
async fn a_dropped_receive_loses_nothing() -> io::Result<()> {
    let (sender, receiver) = (socket().await?, socket().await?);
    let destination = receiver.get_ref().local_addr()?;
    for n in 0..50_u8 {
        let mut buf = [0; 100];
        let mut meta = [RecvMeta::default()];
        let bufs = &mut [IoSliceMut::new(&mut buf)];
        assert!(poll_once(receiver.recv(bufs, &mut meta)).await.is_none());
        sender.get_ref().send_to(&[n], destination).await?;
        assert_eq!(receive(&receiver, 1).await?[0].0, [n]);
    }
    Ok(())
}
