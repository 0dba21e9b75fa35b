//! A server that shuts down gracefully: it stops accepting, lets its connections finish, and exits.
//!
//! ```sh
//! cargo run --example graceful_shutdown -- 127.0.0.1:7000
//! nc 127.0.0.1 7000            # in another terminal; then Ctrl-C here
//! ```
//!
//! [`heist::signal::shutdown`] waits for Ctrl-C or SIGTERM, which service managers send.
//! Connections that are still open after the drain time are cut off, and the report counts them.

use heist::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use heist::net::{TcpListener, TcpStream, serve};
use std::io;
use std::time::Duration;

/// How long connections have to end by themselves.
const DRAIN: Duration = Duration::from_secs(10);

/// Answers each line with its length.
async fn answer(stream: TcpStream) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let reply = format!("{} bytes\n", line.trim_end().len());
        stream.write_all(reply.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

#[heist::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:7000".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("listening on {}, until Ctrl-C", listener.local_addr()?);

    let report = serve(listener, |stream, _peer| answer(stream))
        .until(heist::signal::shutdown())
        .drain(DRAIN)
        .await?;
    println!("{report}");
    Ok(())
}
