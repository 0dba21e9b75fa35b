//! The simplest TCP server: accept a connection, spawn a task for it, accept the next.
//!
//! ```sh
//! cargo run --example echo_server -- 127.0.0.1:7000
//! nc 127.0.0.1 7000            # in another terminal
//! ```
//!
//! `graceful_shutdown` shows heist's server loop, which also shuts down gracefully; the example
//! `echo` is a complete server.

use heist::io::AsyncWriteExt;
use heist::net::{TcpListener, TcpStream};
use std::io;

/// Sends back everything it receives, until the peer closes its side.
async fn echo(mut stream: TcpStream) -> io::Result<u64> {
    let mut buffer = [0; 4096];
    let mut total = 0;
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(total);
        }
        stream.write_all(&buffer[..length]).await?;
        total += length as u64;
    }
}

#[heist::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:7000".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("listening on {}", listener.local_addr()?);

    loop {
        let (stream, peer) = listener.accept().await?;
        heist::spawn(async move {
            match echo(stream).await {
                Ok(bytes) => println!("{peer}: {bytes} bytes"),
                Err(error) => println!("{peer}: {error}"),
            }
        });
    }
}
