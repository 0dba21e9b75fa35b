//! The echo server on heist.

use std::convert::Infallible;
use std::io;

use heist::io::AsyncWriteExt;
use heist::net::{TcpListener, TcpStream};

use super::SERVER_BUFFER;

pub(super) async fn serve(listener: std::net::TcpListener) -> io::Result<Infallible> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        heist::spawn(async move {
            if let Err(error) = echo(stream).await {
                eprintln!("a connection failed: {error}");
            }
        });
    }
}

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; SERVER_BUFFER];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            read => stream.write_all(&buffer[..read]).await?,
        }
    }
}
