//! The tasks on heist: the echo server, those that stall, and those that only sleep.

use std::future::pending;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use heist::io::AsyncWriteExt;
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Handle};
use heist::task::block_in_place;
use heist::time::{sleep, timeout};

use super::{PATIENCE, Shared};

/// The shortest and the longest stall, in seconds.
const STALLS: (f64, f64) = (100e-6, 300e-3);

/// The longest sleep of a stalling task between its stalls, in microseconds.
const MOST_REST: u64 = 20_000;

/// The longest timer, in microseconds.
const MOST_SLEEP: u64 = 50_000;

/// How a task stalls.
#[derive(Clone, Copy)]
pub(super) enum Stall {
    Sleep,
    Compute,
    Mutex,
    BlockInPlace,
    BlockOn,
    SpawnBlocking,
    NestedRuntime,
}

impl Stall {
    pub(super) const ALL: [(Stall, &'static str); 7] = [
        (Stall::Sleep, "sleep"),
        (Stall::Compute, "compute"),
        (Stall::Mutex, "mutex"),
        (Stall::BlockInPlace, "block_in_place"),
        (Stall::BlockOn, "block_on"),
        (Stall::SpawnBlocking, "spawn_blocking"),
        (Stall::NestedRuntime, "nested runtime"),
    ];

    async fn stall(self, length: Duration, shared: &Shared) {
        match self {
            Stall::Sleep => thread::sleep(length),
            Stall::Compute => {
                let start = Instant::now();
                while start.elapsed() < length {
                    std::hint::spin_loop();
                }
            }
            Stall::Mutex => {
                let _held = shared.contended.lock().expect("no holder panics");
                thread::sleep(length);
            }
            Stall::BlockInPlace => block_in_place(|| thread::sleep(length)),
            Stall::BlockOn => Handle::current().block_on(async {
                let task = heist::spawn(sleep(length));
                task.await.expect("sleeping does not panic");
            }),
            Stall::SpawnBlocking => {
                let job = heist::spawn_blocking(move || Handle::current().block_on(sleep(length)));
                job.await.expect("sleeping does not panic");
            }
            Stall::NestedRuntime => {
                let nested = Builder::new().worker_threads(1).build();
                nested.expect("there are threads").block_on(sleep(length));
            }
        }
    }
}

/// Stalls repeatedly, while `number` is below the number of tasks that should stall.
pub(super) async fn stall(number: usize, mut random: Rng, shared: Arc<Shared>) {
    while !shared.is_over() {
        sleep(Duration::from_micros(random.u64(0..=MOST_REST))).await;
        if number >= shared.stalling.load(Relaxed) {
            continue;
        }
        let kind = random.usize(..Stall::ALL.len());
        let (least, most) = STALLS;
        // Lengths are distributed evenly on a logarithmic scale.
        let length = Duration::from_secs_f64(least * (most / least).powf(random.f64()));
        // The child is in the stalling worker's next slot, and must not have to wait there.
        let spawned = Instant::now();
        let child = heist::spawn(async move { spawned.elapsed() });
        Stall::ALL[kind].0.stall(length, &shared).await;
        shared
            .children
            .record(child.await.expect("it only looks at the clock"));
        shared.stalls[kind].fetch_add(1, Relaxed);
    }
}

/// Sleeps repeatedly, in every way there is, and records how late it wakes.
pub(super) async fn keep_time(mut random: Rng, shared: Arc<Shared>) {
    while !shared.is_over() {
        let start = Instant::now();
        let length = Duration::from_micros(random.u64(0..=MOST_SLEEP));
        match random.u32(..4) {
            0 => sleep(length).await,
            1 => assert!(timeout(length, pending::<()>()).await.is_err()),
            2 => timeout(PATIENCE, sleep(length))
                .await
                .expect("no timer is lost"),
            _ => {
                let mut reset = pin!(sleep(length * 2));
                let _ = timeout(length / 2, reset.as_mut()).await;
                reset.as_mut().reset((start + length).into());
                reset.await;
            }
        }
        let late = start.elapsed().checked_sub(length);
        shared.timers.record(late.expect("no timer is early"));
    }
}

/// Accepts connections until it is aborted.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        shared.accepted.fetch_add(1, Relaxed);
        let shared = shared.clone();
        heist::spawn_try(async move {
            echo(stream).await?;
            shared.finished.fetch_add(1, Relaxed);
            io::Result::Ok(())
        });
    }
}

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            len => stream.write_all(&buffer[..len]).await?,
        }
    }
}
