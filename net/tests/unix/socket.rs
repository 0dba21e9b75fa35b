//! Sockets that are set up before they are used.

use std::io::{self, ErrorKind};

use heist::net::{UnixSocket, UnixStream};

use crate::Path;

#[heist::test]
async fn a_client_with_an_address_is_known_by_it() -> io::Result<()> {
    let (server_path, client_path) = (Path::new(), Path::new());
    let server = UnixSocket::new_stream()?;
    server.bind(&server_path.0)?;
    let listener = server.listen(16)?;

    let client = UnixSocket::new_stream()?;
    client.bind(&client_path.0)?;
    let client = client.connect(&server_path.0).await?;
    let (accepted, peer) = listener.accept().await?;
    assert_eq!(peer.as_pathname(), Some(&*client_path.0));
    client.write(b"hello").await?;
    assert_eq!(accepted.read(&mut [0; 16]).await?, 5);
    Ok(())
}

#[heist::test]
async fn datagrams_find_their_way_back() -> io::Result<()> {
    let (server_path, client_path) = (Path::new(), Path::new());
    let server = UnixSocket::new_datagram()?;
    server.bind(&server_path.0)?;
    let server = server.datagram()?;
    let client = UnixSocket::new_datagram()?;
    client.bind(&client_path.0)?;
    let client = client.datagram()?;

    client.send_to(b"ping", &server_path.0).await?;
    let mut buf = [0; 16];
    let (len, peer) = server.recv_from(&mut buf).await?;
    let peer = peer.as_pathname().expect("the client has an address");
    server.send_to(&buf[..len], peer).await?;
    assert_eq!(client.recv(&mut buf).await?, 4);
    Ok(())
}

/// Connections that are not accepted wait in the backlog, up to its limit.
#[heist::test]
#[cfg(target_os = "linux")]
async fn the_backlog_has_the_requested_length() -> io::Result<()> {
    let path = Path::new();
    let server = UnixSocket::new_stream()?;
    server.bind(&path.0)?;
    let _listener = server.listen(3)?;
    let mut waiting = Vec::new();
    loop {
        let connecting = std::pin::pin!(UnixStream::connect(&path.0));
        match futures_lite::future::poll_once(connecting).await {
            Some(stream) => waiting.push(stream?),
            None => break,
        }
    }
    // Linux admits one more than requested.
    assert_eq!(waiting.len(), 4);
    Ok(())
}

#[heist::test]
async fn a_socket_of_the_wrong_type_says_so() -> io::Result<()> {
    let path = Path::new();
    let errors = [
        UnixSocket::new_datagram()?.listen(1).unwrap_err(),
        UnixSocket::new_datagram()?
            .connect(&path.0)
            .await
            .unwrap_err(),
        UnixSocket::new_stream()?.datagram().unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("datagram socket"), "{error}");
    }
    Ok(())
}
