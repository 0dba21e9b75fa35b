//! The load: requests at fixed moments, from plain threads that use neither runtime.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// Requests before this are not counted.
const WARM_UP: Duration = Duration::from_millis(500);

#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    /// Requests per second over all connections.
    pub(crate) rate: f64,
    pub(crate) gaps: Gaps,
    pub(crate) duration: Duration,
}

/// The times between the requests of a connection.
#[derive(Clone, Copy)]
pub(crate) enum Gaps {
    Even,
    /// Exponentially distributed: the server cannot predict them.
    Random,
}

/// Returns the latencies of all requests, in nanoseconds.
pub(crate) fn run(server: SocketAddr, load: Load) -> io::Result<Histogram<u64>> {
    let start = Instant::now() + Duration::from_millis(100);
    let clients: Vec<_> = (0..load.connections)
        .map(|number| thread::spawn(move || client(server, load, start, number)))
        .collect();
    let mut all = histogram();
    for client in clients {
        let latencies = client.join().expect("a client does not panic")?;
        all.add(latencies).expect("equal precision");
    }
    Ok(all)
}

pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("three digits are possible")
}

/// Sends one connection's requests. A request's latency counts from the moment it was due if the
/// connection was still waiting for the previous reply, and otherwise from when it was sent, so
/// that the time this thread took to wake up is not charged to the server.
fn client(
    server: SocketAddr,
    load: Load,
    start: Instant,
    number: usize,
) -> io::Result<Histogram<u64>> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    let mut random = fastrand::Rng::with_seed(number as u64);
    let mut latencies = histogram();
    let (mut request, mut reply) = ([0; 64], [0; 64]);
    let gap = load.connections as f64 / load.rate;
    let mut due = start + Duration::from_secs_f64(gap * number as f64 / load.connections as f64);
    let end = start + WARM_UP + load.duration;
    while due < end {
        let now = Instant::now();
        let mut from = due;
        if now < due {
            thread::sleep(due - now);
            from = Instant::now();
        }
        random.fill(&mut request);
        stream.write_all(&request)?;
        stream.read_exact(&mut reply)?;
        if reply != request {
            return Err(io::Error::other("a reply differs from its request"));
        }
        if due >= start + WARM_UP {
            latencies += from.elapsed().as_nanos() as u64;
        }
        due += Duration::from_secs_f64(match load.gaps {
            Gaps::Even => gap,
            Gaps::Random => -random.f64().max(f64::MIN_POSITIVE).ln() * gap,
        });
    }
    Ok(latencies)
}
