//! What happens to waiting tasks and to events when the task, the descriptor or the runtime goes
//! away.

use crate::support::{Drops, bounded, eventually};
use crate::{make_unready, next_byte, pair, runtime};
use futures_lite::future::{block_on, poll_once};
use heist_runtime::io::{AsyncFd, Interest};
use heist_runtime::{spawn, task};
use std::future::Future;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread;

#[test]
fn aborting_a_task_closes_its_descriptor() {
    bounded(|| {
        let rt = runtime();
        let (mut near, far) = UnixStream::pair().unwrap();
        far.set_nonblocking(true).unwrap();
        let waiting = rt.spawn(async move { next_byte(&AsyncFd::new(far).unwrap()).await });
        waiting.abort();
        assert!(rt.block_on(waiting).unwrap_err().is_cancelled());
        assert_eq!(
            near.read(&mut [0]).unwrap(),
            0,
            "the other end is still open"
        );
    });
}

/// A task of another runtime, which ends with its last waker and then stops waiting.
#[test]
fn a_waker_that_is_replaced_may_end_what_else_waits() {
    struct Foreign {
        _future: Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>,
    }
    impl Wake for Foreign {
        fn wake(self: Arc<Self>) {}
    }
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let (_near, fd) = pair();
            make_unready(&fd, Interest::READABLE).await;
            let fd = Arc::new(fd);
            let (drops, waited) = (Drops::default(), fd.clone());
            let guard = drops.guard();
            let mut waiting = Box::pin(async move {
                let _guard = guard;
                let _ = waited.readable().await;
            });
            assert!(poll_once(&mut waiting).await.is_none());
            let foreign = Waker::from(Arc::new(Foreign {
                _future: Mutex::new(waiting),
            }));
            let mut readable = pin!(fd.readable());
            let pending = readable.as_mut().poll(&mut Context::from_waker(&foreign));
            assert!(pending.is_pending());
            drop(foreign);
            assert_eq!(drops.count(), 0);
            let pending = readable.poll(&mut Context::from_waker(Waker::noop()));
            assert!(pending.is_pending());
            assert_eq!(drops.count(), 1);
        });
    });
}

/// A new descriptor gets the number of a closed one, but none of its events.
#[test]
fn a_reused_number_starts_afresh() {
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let mut numbers = Vec::new();
            for _ in 0..500 {
                let (mut near, fd) = pair();
                numbers.push(fd.get_ref().as_raw_fd());
                // An event that may come late and could be delivered to the next one.
                near.write_all(b"old").unwrap();
                drop(fd);
                let (mut near, fd) = pair();
                numbers.push(fd.get_ref().as_raw_fd());
                make_unready(&fd, Interest::READABLE).await;
                let mut waiting = pin!(next_byte(&fd));
                assert!(poll_once(&mut waiting).await.is_none());
                near.write_all(b"n").unwrap();
                assert_eq!(waiting.await.unwrap(), b'n');
            }
            let all = numbers.len();
            numbers.sort_unstable();
            numbers.dedup();
            assert!(numbers.len() < all, "no number was used again");
        });
    });
}

/// Registered while others come and go, on all threads at once.
#[test]
fn a_replaced_descriptor_leaves_its_numbers_next_owner_alone() {
    bounded(|| {
        runtime().block_on(async {
            loop {
                let (_near, mut first) = pair();
                let number = first.get_ref().as_raw_fd();
                *first.get_mut() = UnixStream::pair().unwrap().0;
                // The number is free again, if no other thread has taken it.
                let (next, mut near) = UnixStream::pair().unwrap();
                if next.as_raw_fd() != number {
                    continue;
                }
                next.set_nonblocking(true).unwrap();
                let next = AsyncFd::new(next).unwrap();
                make_unready(&next, Interest::READABLE).await;
                drop(first);
                near.write_all(b"n").unwrap();
                assert_eq!(next_byte(&next).await.unwrap(), b'n');
                break;
            }
        });
    });
}

#[test]
fn descriptors_come_and_go_on_all_threads() {
    bounded(|| {
        let rt = runtime();
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                rt.spawn(async move {
                    for _ in 0..200 {
                        let (mut near, fd) = pair();
                        let writing = spawn(async move { near.write_all(&[n]) });
                        assert_eq!(next_byte(&fd).await.unwrap(), n);
                        writing.await.unwrap().unwrap();
                        task::yield_now().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            rt.block_on(task).unwrap();
        }
    });
}

/// A thread that waits outside the runtime learns that no event will come any more.
#[test]
fn waiting_threads_get_an_error_when_the_runtime_ends() {
    bounded(|| {
        let rt = runtime();
        let (_near, fd) = {
            let _entered = rt.enter();
            pair()
        };
        let fd = Arc::new(fd);
        rt.block_on(make_unready(&fd, Interest::READABLE));
        let waiting = Arc::new(AtomicUsize::new(0));
        let threads = [Interest::READABLE; 2].map(|interest| {
            let (fd, waiting) = (fd.clone(), waiting.clone());
            thread::spawn(move || {
                let mut ready = pin!(fd.ready(interest));
                assert!(block_on(poll_once(&mut ready)).is_none());
                waiting.fetch_add(1, SeqCst);
                block_on(ready).map(drop)
            })
        });
        eventually("both wait", || waiting.load(SeqCst) == 2);
        drop(rt);
        for thread in threads {
            thread.join().unwrap().unwrap_err();
        }
    });
}

/// A thread that still has a handle gets an error when it registers, instead of waiting forever.
#[test]
fn nothing_is_registered_with_a_runtime_that_has_ended() {
    bounded(|| {
        let rt = runtime();
        let handle = rt.handle().clone();
        drop(rt);
        let _entered = handle.enter();
        let (_near, far) = UnixStream::pair().unwrap();
        far.set_nonblocking(true).unwrap();
        let error = AsyncFd::new(far).unwrap_err();
        assert!(error.to_string().contains("has shut down"), "{error}");
    });
}

/// The descriptor belongs to one runtime, and the waiting task to another.
#[test]
fn a_task_of_another_runtime_is_woken() {
    bounded(|| {
        let (ours, other) = (runtime(), runtime());
        let (mut near, fd) = {
            let _entered = ours.enter();
            pair()
        };
        let reading = other.spawn(async move {
            let mut bytes = Vec::new();
            for _ in 0..100 {
                bytes.push(next_byte(&fd).await.unwrap());
            }
            bytes
        });
        for n in 0..100 {
            near.write_all(&[n]).unwrap();
        }
        assert!(other.block_on(reading).unwrap().into_iter().eq(0..100));
    });
}

#[test]
fn a_peer_that_has_gone_is_the_end_of_both_directions() {
    // Only epoll, used directly, reports the ends of both directions separately from the data.
    if cfg!(heist_portable_driver) {
        return;
    }
    bounded(|| {
        runtime().block_on(async {
            let (near, fd) = pair();
            drop(near);
            // It counts as ready before the event has come.
            loop {
                let ready = fd.ready(Interest::READABLE | Interest::WRITABLE).await;
                let ready = ready.unwrap().ready();
                if ready.is_read_closed() && ready.is_write_closed() {
                    break;
                }
                task::yield_now().await;
            }
        });
    });
}
