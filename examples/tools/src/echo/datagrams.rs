//! The echo service for datagrams.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use heist::net::UdpSocket;

/// The longest possible datagram.
const LONGEST: usize = 65_535;

/// Sends datagrams back to their senders. Any number of tasks may share the socket.
///
/// # Errors
///
/// Returns the error for which the socket cannot receive any more.
pub async fn datagrams(socket: &UdpSocket, total: &AtomicU64) -> io::Result<()> {
    let mut buffer = vec![0; LONGEST];
    loop {
        let (n, peer) = socket.recv_from(&mut buffer).await?;
        // A datagram that cannot be sent back is lost, as datagrams may be.
        if socket.send_to(&buffer[..n], peer).await.is_ok() {
            total.fetch_add(n as u64, Relaxed);
        }
    }
}
