//! Writers whose peer never reads: they wait, at no cost, until it does. A binary of its own, since
//! it measures the CPU time and the memory of the whole process.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use heist::io::AsyncWriteExt;
use heist::net::{TcpListener, serve};
use heist::runtime::Builder;

/// Connections that request much, and do not read it.
const WAITING: usize = 20;
/// The length of each response: far more than the system's buffers hold.
const BODY: usize = 32 << 20;
/// Written at a time, repeatedly.
const PIECE: usize = 1 << 20;

/// Sends `BODY` bytes in response to `!`, and echoes everything else.
async fn answer(mut stream: heist::net::TcpStream, written: &AtomicUsize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let piece: Arc<[u8]> = piece().into();
    let mut byte = [0];
    while stream.read(&mut byte).await? == 1 {
        if byte != *b"!" {
            stream.write_all(&byte).await?;
            continue;
        }
        for _ in 0..BODY / PIECE {
            let mut rest = &piece[..];
            while !rest.is_empty() {
                let count = stream.write(rest).await?;
                written.fetch_add(count, Relaxed);
                rest = &rest[count..];
            }
        }
    }
    Ok(())
}

fn piece() -> Vec<u8> {
    (0..PIECE).map(|at| (at % 251) as u8).collect()
}

fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).expect("the server listens");
    stream.set_nodelay(true).expect("it is a TCP stream");
    stream
}

/// Returns the quickest of many round trips, which does not depend on the machine's other load.
fn round_trip(mut stream: &TcpStream) -> Duration {
    let took = (0..500).map(|_| {
        let start = Instant::now();
        stream.write_all(b"?").expect("it is open");
        stream.read_exact(&mut [0]).expect("the reply comes");
        start.elapsed()
    });
    took.min().expect("there are some")
}

/// The CPU time of the process so far.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.try_into().expect("it is not negative")
}

/// Bytes of memory in use.
fn memory() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").expect("/proc is there");
    let pages = statm.split(' ').nth(1).and_then(|field| field.parse().ok());
    pages.map_or(0, |pages: usize| pages * 4096)
}

/// The cost of a second in which nothing was written.
struct Second {
    cpu: Duration,
    grown: usize,
}

/// Waits for such a second. Until the system's buffers are full some bytes are written.
fn second_at_rest(written: &AtomicUsize) -> Second {
    for _ in 0..30 {
        let (count, cpu_before, memory_before) = (written.load(Relaxed), cpu(), memory());
        thread::sleep(Duration::from_secs(1));
        if written.load(Relaxed) == count {
            return Second {
                cpu: cpu() - cpu_before,
                grown: memory().saturating_sub(memory_before),
            };
        }
    }
    panic!("the writers never come to rest");
}

#[test]
fn writers_that_wait_cost_nothing_and_go_on() {
    let runtime = Builder::new().worker_threads(2).build().unwrap();
    let written = Arc::new(AtomicUsize::new(0));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let server = listener.local_addr().unwrap();
    let counter = written.clone();
    runtime.spawn(async move {
        let handler = move |stream, _| {
            let written = counter.clone();
            async move { answer(stream, &written).await }
        };
        serve(listener, handler).await
    });

    let other = connect(server);
    round_trip(&other);
    let undisturbed = round_trip(&other);

    let waiting: Vec<_> = (0..WAITING).map(|_| connect(server)).collect();
    for mut stream in &waiting {
        stream.write_all(b"!").unwrap();
    }
    let second = second_at_rest(&written);
    let at_rest = written.load(Relaxed);
    assert!(at_rest < WAITING * BODY, "nobody waited");
    assert!(
        second.cpu < Duration::from_millis(100),
        "{:?} of CPU time",
        second.cpu
    );
    assert!(second.grown < 1 << 20, "{} bytes more", second.grown);

    let disturbed = round_trip(&other);
    assert!(
        disturbed < undisturbed * 5 + Duration::from_millis(2),
        "{disturbed:?}, {undisturbed:?} before"
    );

    // Now they read, one after the other.
    let piece = piece();
    for mut stream in waiting {
        let mut received = vec![0; PIECE];
        for _ in 0..BODY / PIECE {
            stream.read_exact(&mut received).unwrap();
            assert!(received == piece, "wrong bytes");
        }
        // It still serves.
        stream.write_all(b"?").unwrap();
        stream.read_exact(&mut [0]).unwrap();
    }
    assert_eq!(written.load(Relaxed), WAITING * BODY);
}
