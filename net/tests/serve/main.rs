//! The server loop, on real sockets.

mod crowds;
mod ending;
mod failures;

use std::io;
use std::net::SocketAddr;

use heist::io::AsyncWriteExt;
use heist::net::{TcpListener, TcpStream};

async fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// A handler that echoes until the end.
async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buf = [0; 1024];
    loop {
        match stream.read(&mut buf).await? {
            0 => return Ok(()),
            count => stream.write_all(&buf[..count]).await?,
        }
    }
}

/// Exchanges a byte, which proves that the connection is served.
async fn exchange(stream: &TcpStream) -> io::Result<()> {
    stream.write(b"x").await?;
    let mut byte = [0];
    match stream.read(&mut byte).await? {
        1 => {
            assert_eq!(&byte, b"x");
            Ok(())
        }
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
