//! TCP on real sockets of the loopback interface.

mod backpressure;
mod connect;
mod listener;
#[cfg(target_os = "linux")]
#[path = "../support/silent.rs"]
mod silent;
mod socket;
mod split;
mod stream;

use std::io;
use std::pin::pin;

use futures_lite::future::poll_once;
use heist::net::{TcpListener, TcpStream};

/// Returns both ends of a new connection: the connecting one and the accepted one.
async fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (server, _) = listener.accept().await?;
    Ok((client, server))
}

/// Returns a connection whose other end is a blocking socket of std, for a peer that acts at a
/// moment of the test's choice.
async fn pair_with_std() -> io::Result<(TcpStream, std::net::TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let peer = std::net::TcpStream::connect(listener.local_addr()?)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, peer))
}

/// Bytes that differ from their neighbours and from those a buffer's length away, so that a lost,
/// duplicated or displaced one is noticed.
fn pattern(len: usize) -> Vec<u8> {
    (0..len)
        .map(|at| (at % 251) as u8 ^ (at >> 16) as u8)
        .collect()
}

/// Returns the result of `operation`, which has to wait until `event` happens.
async fn waits_for<T>(
    operation: impl Future<Output = io::Result<T>>,
    event: impl FnOnce() -> io::Result<()>,
) -> io::Result<T> {
    let mut operation = pin!(operation);
    assert!(poll_once(&mut operation).await.is_none(), "it did not wait");
    event()?;
    operation.await
}

/// Writes `bytes` repeatedly until the connection takes no more, and returns how many it took.
async fn fill(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut taken = 0;
    while let Some(writable) = poll_once(stream.writable()).await {
        writable?;
        match stream.try_write(&bytes[taken % bytes.len()..]) {
            Ok(count) => taken += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}
