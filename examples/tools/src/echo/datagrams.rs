//! The echo service for datagrams.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use heist::net::UdpSocket;

/// The longest datagram there is.
const LONGEST: usize = 65_535;

/// Sends datagrams back to whom they come from. Any number of tasks may share the socket.
///
/// # Errors
///
/// Why the socket cannot receive any more.
pub async fn datagrams(socket: &UdpSocket, total: &AtomicU64) -> io::Result<()> {
    let mut buffer = vec![0; LONGEST];
    loop {
        let (n, peer) = socket.recv_from(&mut buffer).await?;
        // One that cannot be sent back is lost, as datagrams may be.
        if socket.send_to(&buffer[..n], peer).await.is_ok() {
            total.fetch_add(n as u64, Relaxed);
        }
    }
}
