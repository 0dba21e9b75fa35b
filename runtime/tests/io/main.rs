//! `AsyncFd` on pipes, socket pairs and counters: which tasks are woken when, what readiness
//! outlives, and what happens to waiting tasks when the descriptor, the task or the runtime goes
//! away.
//!
//! More tests are in `heist-net`, whose `tests/async_fd.rs` has tasks share descriptors.
#![cfg(unix)]

#[allow(dead_code, reason = "each test binary uses some of it")]
#[path = "../support/mod.rs"]
mod support;

mod ends;
#[cfg(target_os = "linux")]
mod interrupted;
mod waiters;

use futures_lite::future::{poll_fn, poll_once};
use heist_runtime::io::{AsyncFd, Direction, Interest};
use heist_runtime::{Builder, Runtime};
use std::future::Future;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use support::{bounded, eventually};

fn runtime() -> Runtime {
    Builder::new().worker_threads(2).build().unwrap()
}

/// A pair whose second end is registered and non-blocking.
fn pair() -> (UnixStream, AsyncFd<UnixStream>) {
    let (near, far) = UnixStream::pair().unwrap();
    far.set_nonblocking(true).unwrap();
    (near, AsyncFd::new(far).unwrap())
}

fn read_byte(mut from: &UnixStream) -> io::Result<u8> {
    let mut byte = [0];
    from.read_exact(&mut byte)?;
    Ok(byte[0])
}

async fn next_byte(fd: &AsyncFd<UnixStream>) -> io::Result<u8> {
    fd.async_io(Interest::READABLE, read_byte).await
}

/// Uses up the initial readiness in this direction.
async fn make_unready(fd: &AsyncFd<UnixStream>, interest: Interest) {
    let block = |_: &UnixStream| io::Result::<()>::Err(ErrorKind::WouldBlock.into());
    while poll_once(fd.ready(interest)).await.is_some() {
        let _ = fd.try_io(interest, block);
    }
}

/// Counts wakes.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wakes {
    fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll_with<F: Future>(wakes: &Arc<Wakes>, future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(wakes.clone())))
}

#[test]
fn each_of_many_descriptors_is_woken_by_its_own_event() {
    const CROWD: usize = 300;
    bounded(|| {
        let rt = runtime();
        let _entered = rt.enter();
        let (nears, readers): (Vec<_>, Vec<_>) = (0..CROWD)
            .map(|_| {
                let (near, far) = pair();
                (near, rt.spawn(async move { next_byte(&far).await }))
            })
            .unzip();
        for (n, mut near) in nears.iter().enumerate() {
            near.write_all(&[n as u8]).unwrap();
        }
        for (n, reader) in readers.into_iter().enumerate() {
            assert_eq!(rt.block_on(reader).unwrap().unwrap(), n as u8);
        }
    });
}

/// Both sides wait in turn, so a lost wake stops them.
#[test]
fn no_wake_is_lost_between_a_thread_and_a_task() {
    bounded(|| {
        let rt = runtime();
        let _entered = rt.enter();
        let (mut near, far) = pair();
        let echo = rt.spawn(async move {
            while let Ok(byte) = next_byte(&far).await {
                let write = |mut far: &UnixStream| far.write_all(&[byte]);
                far.async_io(Interest::WRITABLE, write).await.unwrap();
            }
        });
        for n in 0..5_000_u32 {
            let (sent, mut back) = ([n as u8], [0]);
            near.write_all(&sent).unwrap();
            near.read_exact(&mut back).unwrap();
            assert_eq!(sent, back);
        }
        drop(near);
        rt.block_on(echo).unwrap();
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_counter_counts_what_threads_add() {
    use rustix::event::{EventfdFlags, eventfd};
    const THREADS: u64 = 4;
    const EACH: u64 = 1_000;
    bounded(|| {
        let rt = runtime();
        let _entered = rt.enter();
        let counter = Arc::new(AsyncFd::new(eventfd(0, EventfdFlags::NONBLOCK).unwrap()).unwrap());
        let counted = counter.clone();
        let counting = rt.spawn(async move {
            let mut sum = 0;
            while sum < THREADS * EACH {
                let read = |fd: &OwnedFd| {
                    let mut value = [0; 8];
                    rustix::io::read(fd, &mut value)?;
                    Ok(u64::from_ne_bytes(value))
                };
                sum += counted.async_io(Interest::READABLE, read).await.unwrap();
            }
            sum
        });
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..EACH {
                        rustix::io::write(counter.get_ref(), &1_u64.to_ne_bytes()).unwrap();
                    }
                });
            }
        });
        assert_eq!(rt.block_on(counting).unwrap(), THREADS * EACH);
    });
}

/// Half of the waiting tasks are dropped; the others are woken, and the dropped ones leave nothing
/// behind.
#[test]
fn a_dropped_waiter_is_removed() {
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let (mut near, fd) = pair();
            make_unready(&fd, Interest::READABLE).await;
            let all: Vec<_> = (0..10).map(|_| Arc::<Wakes>::default()).collect();
            let mut waits: Vec<_> = all.iter().map(|_| Some(Box::pin(fd.readable()))).collect();
            for (wakes, wait) in all.iter().zip(&mut waits) {
                assert!(poll_with(wakes, wait.as_mut().unwrap().as_mut()).is_pending());
            }
            for gone in waits.iter_mut().step_by(2) {
                *gone = None;
            }
            for wakes in all.iter().step_by(2) {
                assert_eq!(Arc::strong_count(wakes), 1, "its waker is kept");
            }
            near.write_all(b"x").unwrap();
            let staying = || all.iter().skip(1).step_by(2);
            eventually("the others are woken", || {
                staying().all(|wakes| wakes.count() == 1)
            });
            assert!(all.iter().step_by(2).all(|wakes| wakes.count() == 0));
        });
    });
}

#[test]
fn the_directions_are_waited_for_apart() {
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let (mut near, fd) = pair();
            make_unready(&fd, Interest::READABLE).await;
            let fill = |mut far: &UnixStream| far.write(&[0; 4096]);
            let mut filled = 0;
            let (reader, writer) = (Arc::<Wakes>::default(), Arc::<Wakes>::default());
            let mut readable = pin!(poll_fn(|cx| fd.poll_read_ready(cx).map(drop)));
            let mut writable = pin!(poll_fn(|cx| fd.poll_write_ready(cx).map(drop)));
            assert!(poll_with(&reader, readable.as_mut()).is_pending());
            // The event of a moment when there was room may come late.
            while poll_with(&writer, writable.as_mut()).is_ready() {
                while let Some(written) = poll_once(fd.async_io(Interest::WRITABLE, fill)).await {
                    filled += written.unwrap();
                }
            }
            let woken = writer.count();
            near.read_exact(&mut vec![0; filled]).unwrap();
            eventually("the writer is woken", || writer.count() == woken + 1);
            assert_eq!(reader.count(), 0);
            assert!(poll_with(&reader, readable.as_mut()).is_pending());
            near.write_all(b"x").unwrap();
            eventually("the reader is woken", || reader.count() == 1);
            assert_eq!(writer.count(), woken + 1);
        });
    });
}

/// An event that comes while an operation is about to report that it would block must not be
/// cleared.
#[test]
fn an_event_during_the_operation_is_kept() {
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let (mut near, fd) = pair();
            for _ in 0..1_000 {
                make_unready(&fd, Interest::READABLE).await;
                near.write_all(b"a").unwrap();
                let mut guard = fd.readable().await.unwrap();
                let cleared = guard.try_io(|fd| {
                    assert_eq!(read_byte(fd.get_ref())?, b'a');
                    near.write_all(b"b")?;
                    // It was correct when it was read.
                    io::Result::<()>::Err(ErrorKind::WouldBlock.into())
                });
                assert!(cleared.is_err());
                assert_eq!(next_byte(&fd).await.unwrap(), b'b');
            }
        });
    });
}

#[test]
fn without_readiness_nothing_is_tried() {
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let (_near, fd) = pair();
            make_unready(&fd, Interest::READABLE).await;
            let nothing = fd.try_io(Interest::READABLE, |_| -> io::Result<()> {
                unreachable!("there is nothing to read")
            });
            assert_eq!(nothing.unwrap_err().kind(), ErrorKind::WouldBlock);
            // The other direction is as it was.
            fd.try_io(Interest::WRITABLE, |_| Ok(())).unwrap();
        });
    });
}

/// Successes, and errors other than "would block", keep the readiness.
#[test]
fn readiness_is_used_up_by_nothing_else() {
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let (mut near, fd) = pair();
            make_unready(&fd, Interest::READABLE).await;
            near.write_all(b"abc").unwrap();
            assert_eq!(next_byte(&fd).await.unwrap(), b'a');
            let fail = |_: &UnixStream| io::Result::<()>::Err(ErrorKind::Other.into());
            let failed = fd.async_io(Interest::READABLE, fail).await;
            assert_eq!(failed.unwrap_err().kind(), ErrorKind::Other);
            for expected in [b'b', b'c'] {
                fd.readable().await.unwrap().retain_ready();
                assert_eq!(fd.try_io(Interest::READABLE, read_byte).unwrap(), expected);
            }
            // The end stays ready after it has been read.
            drop(near);
            let read = |mut fd: &UnixStream| fd.read(&mut [0; 8]);
            for _ in 0..3 {
                let end = fd.async_io_bytes(Direction::Read, 8, read).await;
                assert_eq!(end.unwrap(), 0);
            }
        });
    });
}

#[test]
fn a_pipe_wakes_its_reader_and_its_writer() {
    use rustix::pipe::{PipeFlags, pipe_with};
    const BYTES: usize = 1 << 20;
    bounded(|| {
        let rt = runtime();
        let _entered = rt.enter();
        let (receiver, sender) = pipe_with(PipeFlags::NONBLOCK).unwrap();
        let (receiver, sender) = (
            AsyncFd::new(receiver).unwrap(),
            AsyncFd::new(sender).unwrap(),
        );
        let sending = rt.spawn(async move {
            let mut left = BYTES;
            while left > 0 {
                let chunk = &[7; 10_000][..left.min(10_000)];
                let write = |fd: &OwnedFd| Ok(rustix::io::write(fd, chunk)?);
                left -= sender
                    .async_io_bytes(Direction::Write, chunk.len(), write)
                    .await
                    .unwrap();
            }
        });
        let mut received = 0;
        rt.block_on(async {
            loop {
                let mut buffer = [0; 7_000];
                let len = buffer.len();
                let read = |fd: &OwnedFd| Ok(rustix::io::read(fd, &mut buffer)?);
                match receiver
                    .async_io_bytes(Direction::Read, len, read)
                    .await
                    .unwrap()
                {
                    0 => break,
                    n => received += n,
                }
            }
        });
        assert_eq!(received, BYTES);
        rt.block_on(sending).unwrap();
    });
}
