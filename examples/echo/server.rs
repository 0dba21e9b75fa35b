//! The echo service: accept, one task per connection, count.
//!
//! `load` starts this same service when it is given no address. No task touches what the others
//! write while it serves: a connection adds to the totals once, when it ends, however it ends.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use heist::io::AsyncWriteExt;
use heist::net::{TcpListener, TcpStream};

/// As much as one read takes.
const BUFFER: usize = 16 * 1024;
/// The pause after a failed accept: out of descriptors, most likely, and that takes a while to mend.
const BACK_OFF: Duration = Duration::from_millis(50);
/// A trouble that lasts is reported this often.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// What the service has done.
#[derive(Default)]
pub(crate) struct Totals {
    pub(crate) connections: AtomicU64,
    /// Connections that ended with an error, not with the client's end of file.
    pub(crate) broken: AtomicU64,
    /// Bytes sent back, of connections that have ended.
    pub(crate) bytes: AtomicU64,
}

/// Accepts connections and serves each in a task of its own, until dropped.
pub(crate) async fn serve(listener: TcpListener, totals: Arc<Totals>) {
    let mut reported: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                totals.connections.fetch_add(1, Relaxed);
                heist::spawn(serve_one(stream, totals.clone()));
            }
            // The client gave up before it was accepted: its own affair.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if reported.is_none_or(|at| at.elapsed() > REPORT_EVERY) {
                    eprintln!("echo: cannot accept a connection, will try on: {error}");
                    reported = Some(Instant::now());
                }
                heist::time::sleep(BACK_OFF).await;
            }
        }
    }
}

async fn serve_one(stream: TcpStream, totals: Arc<Totals>) {
    let mut carried = Carried { bytes: 0, totals };
    if echo(stream, &mut carried.bytes).await.is_err() {
        carried.totals.broken.fetch_add(1, Relaxed);
    }
}

async fn echo(mut stream: TcpStream, carried: &mut u64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..n]).await?;
        *carried += n as u64;
    }
}

/// What one connection carried, added to the totals when its task is done or dropped.
struct Carried {
    bytes: u64,
    totals: Arc<Totals>,
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.totals.bytes.fetch_add(self.bytes, Relaxed);
    }
}
