//! Listening and connecting: paths, abstract names, full backlogs.

use std::io::{self, ErrorKind};
use std::pin::pin;

use futures_lite::StreamExt;
use futures_lite::future::poll_once;
use heist::net::{UnixDatagram, UnixListener, UnixStream};

use crate::Path;

#[heist::test]
async fn a_path_in_use_says_by_whom() -> io::Result<()> {
    let path = Path::new();
    let text = path.0.display().to_string();
    let check = |why: &str| {
        let error = UnixListener::bind(&path.0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let message = error.to_string();
        assert!(
            message.contains(&text) && message.contains(why),
            "{message}"
        );
        let source = error.get_ref().unwrap().source().unwrap();
        let number = source.downcast_ref::<io::Error>().unwrap().raw_os_error();
        assert_eq!(number, Some(rustix::io::Errno::ADDRINUSE.raw_os_error()));
    };
    let listener = UnixListener::bind(&path.0)?;
    check("a process has this socket open");
    // The probe has not taken a place in the listener's backlog.
    assert!(poll_once(listener.accept()).await.is_none());
    drop(listener);
    check("left over");
    std::fs::remove_file(&path.0)?;
    let datagrams = UnixDatagram::bind(&path.0)?;
    check("a process has this socket open");
    drop(datagrams);
    std::fs::remove_file(&path.0)?;
    std::fs::write(&path.0, "")?;
    check("is not a socket");
    Ok(())
}

#[heist::test]
async fn an_impossible_path_is_named() -> io::Result<()> {
    let long = std::env::temp_dir().join("x".repeat(200));
    for error in [
        UnixListener::bind(&long).unwrap_err(),
        UnixStream::connect(&long).await.unwrap_err(),
        UnixDatagram::bind("a\0b").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("unix socket"), "{error}");
    }
    let nobody = Path::new();
    let error = UnixStream::connect(&nobody.0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(&nobody.0.display().to_string()));
    Ok(())
}

#[heist::test]
async fn a_left_over_path_refuses_connections() -> io::Result<()> {
    let path = Path::new();
    drop(UnixListener::bind(&path.0)?);
    let error = UnixStream::connect(&path.0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    Ok(())
}

#[heist::test]
async fn connecting_waits_for_a_full_backlog() -> io::Result<()> {
    let path = Path::new();
    let listener = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None)?;
    listener.bind(&socket2::SockAddr::unix(&path.0)?)?;
    listener.listen(1)?;
    let listener = UnixListener::from_std(listener.into())?;
    let mut clients = Vec::new();
    let mut waiting = loop {
        let mut connect = Box::pin(UnixStream::connect(path.0.clone()));
        match poll_once(&mut connect).await {
            Some(client) => clients.push(client?),
            None => break connect,
        }
    };
    assert!(!clients.is_empty());
    assert!(poll_once(&mut waiting).await.is_none());
    listener.accept().await?;
    waiting.await?;
    Ok(())
}

#[heist::test]
async fn a_dropped_accept_loses_no_connection() -> io::Result<()> {
    let path = Path::new();
    let listener = UnixListener::bind(&path.0)?;
    for _ in 0..50 {
        {
            let mut accept = pin!(listener.accept());
            assert!(poll_once(&mut accept).await.is_none());
        }
        let client = UnixStream::connect(&path.0).await?;
        let (server, _) = listener.accept().await?;
        client.write(b"x").await?;
        assert_eq!(server.read(&mut [0]).await?, 1);
    }
    Ok(())
}

#[heist::test]
async fn many_connections_at_once() -> io::Result<()> {
    const CLIENTS: usize = 300;
    let path = Path::new();
    let listener = UnixListener::bind(&path.0)?;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let path = path.0.clone();
            heist::spawn(async move {
                let stream = UnixStream::connect(path).await?;
                stream.write(b"x").await?;
                stream.read(&mut [0]).await
            })
        })
        .collect();
    let mut incoming = listener.incoming().take(CLIENTS);
    while let Some(stream) = incoming.next().await {
        let stream = stream?;
        heist::spawn(async move {
            stream.read(&mut [0]).await?;
            stream.write(b"y").await
        });
    }
    for client in clients {
        assert_eq!(client.await.unwrap()?, 1);
    }
    Ok(())
}

#[cfg(all(target_os = "linux", not(heist_portable_driver)))]
#[heist::test]
async fn abstract_names_leave_no_file() -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt;

    let name = format!("heist-test-{}", std::process::id());
    let address = heist::net::unix::SocketAddr::from_abstract_name(&name)?;
    let listener = UnixListener::bind_addr(&address)?;
    assert_eq!(
        listener.local_addr()?.as_abstract_name(),
        Some(name.as_bytes())
    );
    let client = UnixStream::connect_addr(&address).await?;
    assert_eq!(
        client.peer_addr()?.as_abstract_name(),
        Some(name.as_bytes())
    );

    let error = UnixListener::bind_addr(&address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&name), "{error}");
    drop((listener, client));
    let error = UnixStream::connect_addr(&address).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(error.to_string().contains(&name), "{error}");
    Ok(())
}

/// A client may bind a path that fills the address to its last byte.
#[cfg(target_os = "linux")]
#[heist::test]
async fn a_peer_with_the_longest_path_is_accepted() -> io::Result<()> {
    let path = Path::new();
    let listener = UnixListener::bind(&path.0)?;
    let mut longest = std::env::temp_dir().join(format!("heist-{}-", std::process::id()));
    let missing = 108 - longest.as_os_str().len();
    longest.as_mut_os_string().push("x".repeat(missing));
    let client = heist::net::UnixSocket::new_stream()?;
    client.bind(&longest)?;
    let longest = Path(longest);
    let client = client.connect(&path.0).await?;
    let (_stream, peer) = listener.accept().await?;
    assert_eq!(peer.as_pathname(), Some(&*longest.0));
    assert_eq!(client.local_addr()?.as_pathname(), Some(&*longest.0));

    // A listener may, too.
    drop(client);
    std::fs::remove_file(&longest.0)?;
    let listener = UnixListener::bind(&longest.0)?;
    let client = UnixStream::connect(&longest.0).await?;
    assert_eq!(client.peer_addr()?.as_pathname(), Some(&*longest.0));
    let error = UnixListener::bind_addr(&listener.local_addr()?).unwrap_err();
    assert!(error.to_string().contains("a process has this"), "{error}");
    Ok(())
}
