//! Datagrams: one socket sends a request, another one answers.
//!
//! ```sh
//! cargo run --example udp
//! ```
//!
//! A datagram may be lost, duplicated or delayed: the client uses a timeout and sends again.

use heist::net::UdpSocket;
use heist::time::timeout;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// How long an answer may take, and how often to try.
const PATIENCE: Duration = Duration::from_millis(500);
const ATTEMPTS: usize = 5;

/// Answers each datagram with its text in capitals.
async fn shout(socket: UdpSocket) -> io::Result<()> {
    let mut buffer = [0; 1500];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer).await?;
        let reply = buffer[..length].to_ascii_uppercase();
        socket.send_to(&reply, peer).await?;
    }
}

/// Sends the question until an answer arrives.
async fn ask(server: SocketAddr, question: &str) -> io::Result<String> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    // From now on it receives only from the server.
    socket.connect(server).await?;
    let mut buffer = [0; 1500];
    for _ in 0..ATTEMPTS {
        socket.send(question.as_bytes()).await?;
        if let Ok(length) = timeout(PATIENCE, socket.recv(&mut buffer)).await {
            return Ok(String::from_utf8_lossy(&buffer[..length?]).into_owned());
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

#[heist::main]
async fn main() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let address = socket.local_addr()?;
    heist::spawn(shout(socket));

    println!("{}", ask(address, "hello").await?);
    println!("{}", ask(address, "and goodbye").await?);
    Ok(())
}
