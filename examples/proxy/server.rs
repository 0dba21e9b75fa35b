//! The proxy: accept, one task per connection, connect, copy both ways, count.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use heist::net::{TcpListener, TcpStream};

/// The pause after a failed accept: out of descriptors, most likely, and that takes a while to mend.
const BACK_OFF: Duration = Duration::from_millis(50);
/// A trouble that lasts is reported this often.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// How it is to proxy.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) buffered: bool,
    pub(crate) verbose: bool,
}

/// What it has done.
#[derive(Default)]
pub(crate) struct Totals {
    pub(crate) connections: AtomicU64,
    /// Connections that both sides have ended.
    pub(crate) completed: AtomicU64,
    /// Connections that ended with an error, the upstream's refusal included.
    pub(crate) broken: AtomicU64,
    /// Bytes from clients, of the completed connections.
    pub(crate) up: AtomicU64,
    /// Bytes to clients, of the completed connections.
    pub(crate) down: AtomicU64,
}

/// Accepts connections and proxies each in a task of its own, until dropped.
pub(crate) async fn serve(
    listener: TcpListener,
    upstream: Arc<[SocketAddr]>,
    settings: Settings,
    totals: Arc<Totals>,
) {
    let mut reported: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((client, peer)) => {
                totals.connections.fetch_add(1, Relaxed);
                let proxying = proxy_one(client, peer, upstream.clone(), settings, totals.clone());
                heist::spawn(proxying);
            }
            // The client gave up before it was accepted: its own affair.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if reported.is_none_or(|at| at.elapsed() > REPORT_EVERY) {
                    eprintln!("proxy: cannot accept a connection, will try on: {error}");
                    reported = Some(Instant::now());
                }
                heist::time::sleep(BACK_OFF).await;
            }
        }
    }
}

async fn proxy_one(
    client: TcpStream,
    peer: SocketAddr,
    upstream: Arc<[SocketAddr]>,
    settings: Settings,
    totals: Arc<Totals>,
) {
    let start = Instant::now();
    let result = proxy(client, &upstream, settings.buffered).await;
    match &result {
        Ok((up, down)) => {
            totals.completed.fetch_add(1, Relaxed);
            totals.up.fetch_add(*up, Relaxed);
            totals.down.fetch_add(*down, Relaxed);
        }
        Err(_) => {
            totals.broken.fetch_add(1, Relaxed);
        }
    }
    if settings.verbose {
        let seconds = start.elapsed().as_secs_f64();
        // A closed standard output is no reason to stop serving.
        _ = match result {
            Ok((up, down)) => {
                writeln!(
                    io::stdout(),
                    "{peer}: {up} bytes up, {down} down, {seconds:.3} s"
                )
            }
            Err(error) => writeln!(io::stdout(), "{peer}: {error}, after {seconds:.3} s"),
        };
    }
}

async fn proxy(
    mut client: TcpStream,
    upstream: &[SocketAddr],
    buffered: bool,
) -> io::Result<(u64, u64)> {
    let mut server = TcpStream::connect(upstream).await?;
    // The ends decide what is worth a packet.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    if buffered {
        heist::io::copy_bidirectional(&mut client, &mut server).await
    } else {
        heist::net::copy_bidirectional(&mut client, &mut server).await
    }
}
