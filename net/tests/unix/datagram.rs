//! Datagrams over Unix sockets.

use std::io::{self, ErrorKind};

use futures_lite::future::poll_once;
use heist::net::UnixDatagram;

use crate::Path;

#[heist::test]
async fn sends_wait_for_a_full_receiver_connected_or_not() -> io::Result<()> {
    let path = Path::new();
    let receiver = UnixDatagram::bind(&path.0)?;
    let connected = UnixDatagram::unbound()?;
    connected.connect(&path.0)?;
    let unconnected = UnixDatagram::unbound()?;
    let mut queued = 0;
    while unconnected.try_send_to(b"x", &path.0).is_ok() {
        queued += 1;
    }
    assert!(queued > 0);

    let mut send = Box::pin(connected.send(b"connected"));
    let mut send_to = Box::pin(unconnected.send_to(b"unconnected", &path.0));
    assert!(poll_once(&mut send).await.is_none());
    assert!(poll_once(&mut send_to).await.is_none());
    let receiving = async {
        let mut last = Vec::new();
        for _ in 0..queued + 2 {
            let mut buf = [0; 64];
            let (len, _) = receiver.recv_from(&mut buf).await?;
            last.push(buf[..len].to_vec());
        }
        io::Result::Ok(last.split_off(queued))
    };
    let sending = futures_lite::future::zip(send, send_to);
    let ((sent, sent_to), last) = futures_lite::future::zip(sending, receiving).await;
    assert_eq!((sent?, sent_to?), (9, 11));
    let mut last = last?;
    last.sort();
    assert_eq!(last, [b"connected".to_vec(), b"unconnected".to_vec()]);
    Ok(())
}

#[heist::test]
async fn datagrams_keep_their_bounds_and_their_order() -> io::Result<()> {
    let (one, other) = UnixDatagram::pair()?;
    let sender = heist::spawn(async move {
        for n in 0..5000_u32 {
            let datagram = vec![n as u8; (n % 300) as usize];
            one.send(&datagram).await?;
        }
        io::Result::Ok(())
    });
    let mut buf = [0; 512];
    for n in 0..5000_u32 {
        let len = other.recv(&mut buf).await?;
        assert_eq!(&buf[..len], vec![n as u8; (n % 300) as usize]);
    }
    sender.await.unwrap()
}

#[heist::test]
async fn a_dropped_receive_loses_no_datagram() -> io::Result<()> {
    let (one, other) = UnixDatagram::pair()?;
    let mut buf = [0; 8];
    for n in 0..100_u8 {
        assert!(poll_once(other.recv(&mut buf)).await.is_none());
        one.send(&[n]).await?;
        assert_eq!(other.recv(&mut buf).await?, 1);
        assert_eq!(buf[0], n);
    }
    Ok(())
}

#[heist::test]
async fn errors_name_the_path() -> io::Result<()> {
    let path = Path::new();
    let socket = UnixDatagram::unbound()?;
    let text = path.0.display().to_string();
    let error = socket.send_to(b"x", &path.0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(&text), "{error}");
    drop(UnixDatagram::bind(&path.0)?);
    let error = socket.connect(&path.0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(error.to_string().contains(&text), "{error}");
    let error = UnixDatagram::bind(&path.0).unwrap_err();
    assert!(error.to_string().contains("left over"), "{error}");
    Ok(())
}

#[heist::test]
async fn a_growing_buffer_takes_datagrams_of_every_kind_of_sender() -> io::Result<()> {
    let (path, named) = (Path::new(), Path::new());
    let receiver = UnixDatagram::bind(&path.0)?;
    let mut buf = Vec::with_capacity(1500);
    assert!(poll_once(receiver.recv_buf_from(&mut buf)).await.is_none());

    UnixDatagram::bind(&named.0)?.try_send_to(b"named", &path.0)?;
    let (len, sender) = receiver.recv_buf_from(&mut buf).await?;
    assert_eq!(len, 5);
    assert_eq!(sender.as_pathname(), Some(&*named.0));

    UnixDatagram::unbound()?.try_send_to(b", unnamed", &path.0)?;
    let (len, sender) = receiver.try_recv_buf_from(&mut buf)?;
    assert!(len == 9 && sender.is_unnamed(), "{sender:?}");
    // They are appended one after the other.
    assert_eq!(buf, b"named, unnamed");

    let nothing = receiver.try_recv_buf_from(&mut buf).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    Ok(())
}

/// A name may fill all 108 bytes of an address, without a terminating zero.
#[cfg(target_os = "linux")]
#[heist::test]
async fn a_sender_with_the_longest_name_is_returned_and_answered() -> io::Result<()> {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, socket};

    let path = Path::new();
    let receiver = UnixDatagram::bind(&path.0)?;
    let mut longest = std::env::temp_dir().join(format!("heist-{}-d", std::process::id()));
    let missing = 108 - longest.as_os_str().len();
    longest.as_mut_os_string().push("x".repeat(missing));
    let sender = socket(AddressFamily::UNIX, SocketType::DGRAM, None)?;
    bind(&sender, &SocketAddrUnix::new(&longest)?)?;
    let longest = Path(longest);
    let sender = UnixDatagram::from_std(sender.into())?;

    let mut buf = Vec::with_capacity(64);
    let mut bytes = [0; 64];
    for n in 0..4 {
        sender.send_to(b"hello", &path.0).await?;
        let (len, from) = match n {
            0 => receiver.recv_buf_from(&mut buf).await?,
            1 => receiver.try_recv_buf_from(&mut buf)?,
            2 => receiver.recv_from(&mut bytes).await?,
            _ => receiver.try_recv_from(&mut bytes)?,
        };
        assert_eq!((len, from.as_pathname()), (5, Some(&*longest.0)));
        // A receiver that gets this name can answer to it.
        receiver
            .send_to(b"by path", from.as_pathname().unwrap())
            .await?;
        assert_eq!(sender.recv(&mut bytes).await?, 7);
        let connected = UnixDatagram::unbound()?;
        connected.connect_addr(&from)?;
        connected.send(b"by address").await?;
        assert_eq!(sender.recv(&mut bytes).await?, 10);
        assert_eq!(connected.peer_addr()?.as_pathname(), Some(&*longest.0));
    }
    assert_eq!(buf, b"hellohello");
    Ok(())
}

#[cfg(all(target_os = "linux", not(heist_portable_driver)))]
#[heist::test]
async fn an_abstract_sender_is_returned() -> io::Result<()> {
    use heist::net::unix::SocketAddr;
    use std::os::linux::net::SocketAddrExt;

    let path = Path::new();
    let receiver = UnixDatagram::bind(&path.0)?;
    // A name may contain zeros.
    let name = format!("heist\0sender-{}", std::process::id());
    let sender = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    sender.try_send_to(b"hello", &path.0)?;
    let mut buf = Vec::with_capacity(64);
    let (_, address) = receiver.recv_buf_from(&mut buf).await?;
    assert_eq!(address.as_abstract_name(), Some(name.as_bytes()));
    Ok(())
}
