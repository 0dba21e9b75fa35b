//! Multicast, within this machine.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use heist::net::UdpSocket;
use heist::time::{Duration, timeout};

/// Sends a datagram to a group until it arrives, or prints why it cannot.
async fn comes_through(sender: &UdpSocket, receiver: &UdpSocket, to: &str) -> io::Result<bool> {
    for _ in 0..20 {
        if let Err(error) = sender.send_to(b"to all", to).await {
            eprintln!("skipped: this machine does not send to a group: {error}");
            return Ok(false);
        }
        let mut buf = [0; 64];
        let received = timeout(Duration::from_millis(100), receiver.recv(&mut buf)).await;
        if let Ok(len) = received {
            assert_eq!(&buf[..len?], b"to all");
            return Ok(true);
        }
    }
    eprintln!("skipped: no datagram to a group comes through on this machine");
    Ok(false)
}

#[heist::test]
async fn members_of_a_v4_group_receive_its_datagrams() -> io::Result<()> {
    let (group, interface) = (Ipv4Addr::new(224, 0, 0, 217), Ipv4Addr::LOCALHOST);
    let receiver = UdpSocket::bind("0.0.0.0:0").await?;
    receiver.join_multicast_v4(group, interface)?;
    let sender = UdpSocket::bind("0.0.0.0:0").await?;
    sender.set_multicast_if_v4(interface)?;
    let to = format!("{group}:{}", receiver.local_addr()?.port());
    if comes_through(&sender, &receiver, &to).await? {
        receiver.leave_multicast_v4(group, interface)?;
        sender.send_to(b"to nobody", &*to).await?;
        // More than once "to all", if the first was late.
        let mut buf = [0; 64];
        let error = loop {
            match receiver.try_recv(&mut buf) {
                Ok(len) => assert_eq!(&buf[..len], b"to all"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }
    Ok(())
}

#[heist::test]
async fn members_of_a_v6_group_receive_its_datagrams() -> io::Result<()> {
    let group = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 0x217);
    let loopback = 1;
    let Ok(receiver) = UdpSocket::bind("[::]:0").await else {
        eprintln!("skipped: no IPv6 on this machine");
        return Ok(());
    };
    if let Err(error) = receiver.join_multicast_v6(&group, loopback) {
        eprintln!("skipped: no IPv6 group can be joined on this machine: {error}");
        return Ok(());
    }
    let sender = UdpSocket::bind("[::]:0").await?;
    sender.set_multicast_if_v6(loopback)?;
    let to = format!("[{group}]:{}", receiver.local_addr()?.port());
    comes_through(&sender, &receiver, &to).await?;
    Ok(())
}
