//! A demonstration of the proxy: a client and an upstream server in this process send each other
//! data through it, in both directions at once.
//!
//! The proxy has a runtime of its own, whose threads report their CPU time when they end.

use std::future::{Future, pending};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crc32fast::Hasher;
use heist::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use heist::net::serve::Report;
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Runtime};
use indicatif::{ProgressBar, ProgressStyle};

use crate::server::{self, Settings};

/// How many bytes the ends read at a time.
const BUFFER: usize = 256 * 1024;

/// The length of a text that is sent repeatedly. It has no factor in common with any buffer's
/// length, so that displaced bytes are detected.
const TEXT: usize = 1_000_003;

/// Sends `each_way` bytes in both directions, and reports.
pub(crate) fn run(each_way: u64, workers: usize, settings: Settings) -> io::Result<()> {
    let ends = Builder::new().worker_threads(workers).build()?;
    let cpu = Arc::new(AtomicU64::new(0));
    let proxy = start_proxy(workers, cpu.clone())?;

    let bar = progress(each_way * 2);
    let start = Instant::now();
    let sums = ends.block_on(async {
        let upstream = TcpListener::bind("127.0.0.1:0").await?;
        let near = TcpListener::bind("127.0.0.1:0").await?;
        let address = near.local_addr()?;
        let upstreams = Arc::from([upstream.local_addr()?]);
        proxy.spawn(on_proxy(near, upstreams, settings)?);
        exchange(upstream, address, each_way, &bar).await
    });
    let wall = start.elapsed();
    bar.finish_and_clear();
    let [(up_sent, up_received), (down_sent, down_received)] = sums?;
    // Its threads end, and add up their CPU time.
    drop(proxy);

    let cpu = Duration::from_nanos(cpu.load(Relaxed));
    _ = print(each_way, wall, cpu, settings, up_received, down_received);
    if (up_sent, down_sent) != (up_received, down_received) {
        return Err(io::Error::other("the checksums of the two ends differ"));
    }
    Ok(())
}

fn start_proxy(workers: usize, cpu: Arc<AtomicU64>) -> io::Result<Runtime> {
    Builder::new()
        .worker_threads(workers)
        .thread_name("proxy-worker")
        .on_thread_stop(move || {
            cpu.fetch_add(thread_cpu().as_nanos() as u64, Relaxed);
        })
        .build()
}

/// Starts the proxy on the runtime that polls it.
fn on_proxy(
    listener: TcpListener,
    upstream: Arc<[SocketAddr]>,
    settings: Settings,
) -> io::Result<impl Future<Output = io::Result<Report>> + Send + 'static> {
    let listener = listener.into_std()?;
    Ok(async move {
        let listener = TcpListener::from_std(listener)?;
        server::connections(
            listener,
            upstream,
            settings,
            Arc::default(),
            pending::<()>(),
        )
        .await
    })
}

/// Returns the checksums of the bytes sent and received, up and down.
async fn exchange(
    upstream: TcpListener,
    proxy: SocketAddr,
    each_way: u64,
    bar: &ProgressBar,
) -> io::Result<[(u32, u32); 2]> {
    let mut text = vec![0; TEXT];
    fastrand::Rng::with_seed(1).fill(&mut text);
    let text: Arc<[u8]> = text.into();
    let client = TcpStream::connect(proxy).await?;
    let (server, _) = upstream.accept().await?;
    let (client_reader, client_writer) = client.into_split();
    let (server_reader, server_writer) = server.into_split();
    let up = (
        heist::spawn(send(client_writer, text.clone(), each_way)),
        heist::spawn(receive(server_reader, bar.clone())),
    );
    let down = (
        heist::spawn(send(server_writer, text, each_way)),
        heist::spawn(receive(client_reader, bar.clone())),
    );
    let up = (ended(up.0).await?, ended(up.1).await?);
    let down = (ended(down.0).await?, ended(down.1).await?);
    Ok([up, down])
}

async fn ended(task: heist::task::JoinHandle<io::Result<u32>>) -> io::Result<u32> {
    task.await
        .map_err(|error| io::Error::other(error.to_string()))?
}

async fn send(
    mut writer: impl AsyncWrite + Unpin,
    text: Arc<[u8]>,
    mut left: u64,
) -> io::Result<u32> {
    let mut sum = Hasher::new();
    while left > 0 {
        let len = left.min(text.len() as u64) as usize;
        sum.update(&text[..len]);
        writer.write_all(&text[..len]).await?;
        left -= len as u64;
    }
    writer.close().await?;
    Ok(sum.finalize())
}

async fn receive(mut reader: impl AsyncRead + Unpin, bar: ProgressBar) -> io::Result<u32> {
    let mut sum = Hasher::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        match reader.read(&mut buffer).await? {
            0 => return Ok(sum.finalize()),
            count => {
                sum.update(&buffer[..count]);
                bar.inc(count as u64);
            }
        }
    }
}

/// Shows the live line on the terminal; nothing if standard error is not a terminal.
fn progress(bytes: u64) -> ProgressBar {
    let template =
        "{bar:30.cyan/dim} {binary_bytes} of {binary_total_bytes}  {binary_bytes_per_sec}";
    let style = ProgressStyle::with_template(template)
        .expect("the template is valid")
        .progress_chars("━━─");
    ProgressBar::new(bytes).with_style(style)
}

fn print(
    each_way: u64,
    wall: Duration,
    cpu: Duration,
    settings: Settings,
    up: u32,
    down: u32,
) -> io::Result<()> {
    const GIB: f64 = (1_u64 << 30) as f64;
    let gib = 2.0 * each_way as f64 / GIB;
    let mut out = io::stdout().lock();
    let how = match settings.buffered {
        true => "through a buffer",
        false => "between sockets",
    };
    writeln!(out, "copied {how}: {} MiB each way", each_way >> 20)?;
    writeln!(out, "checksum up   {up:08x}")?;
    writeln!(out, "checksum down {down:08x}")?;
    let rate = gib / wall.as_secs_f64();
    writeln!(out, "throughput    {rate:.2} GiB/s, both ways together")?;
    if cpu > Duration::ZERO {
        let per_gib = cpu.as_secs_f64() / gib;
        writeln!(out, "proxy's CPU   {per_gib:.3} s per GiB")?;
    }
    Ok(())
}

/// Returns the CPU time of this thread so far.
#[cfg(unix)]
fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Not available on other systems.
#[cfg(not(unix))]
fn thread_cpu() -> Duration {
    Duration::ZERO
}
