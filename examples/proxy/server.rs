//! The proxy: one task per connection, which connects to the upstream, copies in both directions,
//! and counts.

use std::future::Future;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use heist::net::serve::{Report, serve};
use heist::net::{TcpListener, TcpStream};

/// The proxy's settings.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) buffered: bool,
    pub(crate) verbose: bool,
}

/// Bytes of the connections that both sides have ended.
#[derive(Default)]
pub(crate) struct Totals {
    /// From clients.
    pub(crate) up: AtomicU64,
    /// To clients.
    pub(crate) down: AtomicU64,
}

/// Proxies every connection until `stop` is ready, and then cuts off those that are still open.
pub(crate) async fn connections(
    listener: TcpListener,
    upstream: Arc<[SocketAddr]>,
    settings: Settings,
    totals: Arc<Totals>,
    stop: impl Future,
) -> io::Result<Report> {
    let handler = move |client, peer| {
        let (upstream, totals) = (upstream.clone(), totals.clone());
        async move {
            let start = Instant::now();
            let result = pass_on(client, &upstream, settings.buffered).await;
            if settings.verbose {
                tell(peer, &result, start.elapsed());
            }
            let (up, down) = result?;
            totals.up.fetch_add(up, Relaxed);
            totals.down.fetch_add(down, Relaxed);
            io::Result::Ok(())
        }
    };
    let report = serve(listener, handler)
        // Broken connections are not the proxy's fault. They are counted, and reported with
        // `--verbose`.
        .on_failure(|_| {})
        .until(stop)
        .drain(Duration::ZERO)
        .await?;
    Ok(report)
}

/// Connects to the upstream and copies until both sides have ended.
async fn pass_on(
    mut client: TcpStream,
    upstream: &[SocketAddr],
    buffered: bool,
) -> io::Result<(u64, u64)> {
    let mut server = TcpStream::connect(upstream).await?;
    // The ends decide how much to send in a packet.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    if buffered {
        heist::io::copy_bidirectional(&mut client, &mut server).await
    } else {
        heist::net::copy_bidirectional(&mut client, &mut server).await
    }
}

fn tell(peer: SocketAddr, result: &io::Result<(u64, u64)>, took: Duration) {
    let seconds = took.as_secs_f64();
    let mut out = io::stdout();
    // A closed standard output is no reason to stop serving.
    _ = match result {
        Ok((up, down)) => writeln!(out, "{peer}: {up} bytes up, {down} down, {seconds:.3} s"),
        Err(error) => writeln!(out, "{peer}: {error}, after {seconds:.3} s"),
    };
}
