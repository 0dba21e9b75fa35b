//! Both ends of a connection that carries as much as it can, on blocking threads.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

/// As much as the ends read and write at a time.
const BUFFER: usize = 256 * 1024;

/// The server that the proxy connects to.
pub(super) struct Upstream(TcpListener);

/// The traffic. It ends when this is dropped.
pub(super) struct Flood {
    ends: [TcpStream; 2],
    arrived: Arc<AtomicU64>,
}

impl Upstream {
    pub(super) fn bind() -> io::Result<Upstream> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(Upstream)
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    pub(super) fn flood_through(&self, proxy: SocketAddr) -> io::Result<Flood> {
        let client = TcpStream::connect(proxy)?;
        let (server, _) = self.0.accept()?;
        let arrived = Arc::new(AtomicU64::new(0));
        for end in [&client, &server] {
            let (mut reader, mut writer) = (end.try_clone()?, end.try_clone()?);
            let count = arrived.clone();
            // Both leave when the connection is shut down.
            thread::spawn(move || {
                let mut buffer = vec![0; BUFFER];
                while let Ok(read @ 1..) = reader.read(&mut buffer) {
                    count.fetch_add(read as u64, Relaxed);
                }
            });
            thread::spawn(move || while writer.write_all(&[7; BUFFER]).is_ok() {});
        }
        Ok(Flood {
            ends: [client, server],
            arrived,
        })
    }
}

impl Flood {
    /// How many bytes have arrived at either end, and when.
    pub(super) fn arrived(&self) -> (u64, Instant) {
        (self.arrived.load(Relaxed), Instant::now())
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        for end in &self.ends {
            // It fails only if the connection is down already.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}
