//! The load: connections that check every byte of the replies, from plain threads.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::{PATIENCE, Shared};

const CLIENTS: usize = 16;

/// The longest request. The system's buffers hold this much, so that the server may echo while the
/// client still writes.
const LONGEST: usize = 16 * 1024;

/// The longest pause between two requests of a client, in microseconds.
const MOST_REST: u64 = 10_000;

/// The most requests that a client sends before it opens a new connection.
const MOST_REQUESTS: usize = 500;

pub(super) fn start(
    server: SocketAddr,
    random: &mut Rng,
    shared: &Arc<Shared>,
) -> Vec<JoinHandle<io::Result<()>>> {
    let start_one = |number| {
        let (random, shared) = (random.fork(), shared.clone());
        thread::spawn(move || {
            client(server, random, &shared)
                .map_err(|error| io::Error::new(error.kind(), format!("client {number}: {error}")))
        })
    };
    (0..CLIENTS).map(start_one).collect()
}

fn client(server: SocketAddr, mut random: Rng, shared: &Shared) -> io::Result<()> {
    while !shared.is_over() {
        let mut stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        for _ in 0..random.usize(1..=MOST_REQUESTS) {
            if shared.is_over() {
                break;
            }
            let took = ask(&mut stream, &mut random)?;
            shared.replies.record(took);
            thread::sleep(Duration::from_micros(random.u64(0..=MOST_REST)));
        }
        stream.shutdown(Shutdown::Write)?;
        if stream.read(&mut [0])? != 0 {
            return Err(io::Error::other("more came back than was sent"));
        }
    }
    Ok(())
}

/// Sends random bytes and expects the same bytes back.
fn ask(stream: &mut TcpStream, random: &mut Rng) -> io::Result<Duration> {
    // Lengths are distributed evenly on a logarithmic scale.
    let len = (LONGEST as f64).powf(random.f64()) as usize;
    let mut request = vec![0; len];
    random.fill(&mut request);
    let mut reply = vec![0; len];
    let sent = Instant::now();
    stream.write_all(&request)?;
    stream.read_exact(&mut reply).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::WouldBlock => format!("no complete reply within {PATIENCE:?}"),
            _ => format!("no complete reply: {error}"),
        };
        io::Error::new(error.kind(), why)
    })?;
    let took = sent.elapsed();
    match request.iter().zip(&reply).position(|(a, b)| a != b) {
        None => Ok(took),
        Some(at) => Err(io::Error::other(format!(
            "byte {at} of a reply of {len} bytes differs from the request"
        ))),
    }
}
