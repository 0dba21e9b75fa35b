//! Several tasks that wait for the same direction of one descriptor: each is woken.

use crate::support::{bounded, eventually};
use crate::{Wakes, make_unready, next_byte, pair, poll_with, read_byte, runtime};
use futures_lite::future::poll_fn;
use heist_runtime::io::{Direction, Interest};
use heist_runtime::task;
use std::future::Future;
use std::io::Write;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

#[test]
fn all_polling_tasks_are_woken() {
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let (mut near, fd) = pair();
            make_unready(&fd, Interest::READABLE).await;
            let all: Vec<_> = (0..5).map(|_| Arc::<Wakes>::default()).collect();
            // Twice, as a task that is woken for another reason does.
            for wakes in all.iter().chain(&all) {
                let read = pin!(poll_fn(|cx| fd.poll_io(Direction::Read, cx, read_byte)));
                assert!(poll_with(wakes, read).is_pending());
            }
            near.write_all(b"x").unwrap();
            eventually("all are woken", || all.iter().all(|w| w.count() == 1));
            for wakes in &all {
                assert_eq!(Arc::strong_count(wakes), 1, "its waker is kept");
            }
        });
    });
}

/// More than a source keeps at first: they are woken early, once, and then rest.
#[test]
fn many_polling_tasks_settle_and_all_are_served() {
    const CROWD: usize = 200;
    bounded(|| {
        let rt = runtime();
        let (mut near, fd) = rt.block_on(async { pair() });
        rt.block_on(make_unready(&fd, Interest::READABLE));
        let fd = Arc::new(fd);
        let polls = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..CROWD)
            .map(|_| {
                let (fd, polls) = (fd.clone(), polls.clone());
                rt.spawn(poll_fn(move |cx| {
                    polls.fetch_add(1, SeqCst);
                    fd.poll_io(Direction::Read, cx, read_byte)
                }))
            })
            .collect();
        eventually("all have asked", || polls.load(SeqCst) >= CROWD);
        // Enough turns for them to evict each other several times.
        rt.block_on(async {
            for _ in 0..10_000 {
                task::yield_now().await;
            }
        });
        let asked = polls.load(SeqCst);
        assert!(asked < 4 * CROWD, "they woke each other {asked} times");
        near.write_all(&[b'x'; CROWD]).unwrap();
        for task in tasks {
            assert_eq!(rt.block_on(task).unwrap().unwrap(), b'x');
        }
    });
}

/// A caller that comes with a new waker each time leaves only a bounded number behind.
#[test]
fn unused_wakers_do_not_accumulate() {
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let (_near, fd) = pair();
            make_unready(&fd, Interest::READABLE).await;
            let all: Vec<_> = (0..20_000).map(|_| Arc::<Wakes>::default()).collect();
            for wakes in &all {
                let ready = pin!(poll_fn(|cx| fd.poll_read_ready(cx).map(drop)));
                assert!(poll_with(wakes, ready).is_pending());
            }
            let kept = all.iter().filter(|wakes| Arc::strong_count(wakes) > 1);
            let kept = kept.count();
            assert!((1..2_000).contains(&kept), "{kept} are kept");
            // Those that had to make room were woken.
            let is_told = |wakes: &&Arc<Wakes>| wakes.count() == 1;
            assert_eq!(all.iter().filter(is_told).count() + kept, all.len());
        });
    });
}

/// A future that is handed from one task to another wakes the one that has it.
#[test]
fn a_moved_wait_wakes_its_new_task() {
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let (mut near, fd) = pair();
            make_unready(&fd, Interest::READABLE).await;
            let (first, second) = (Arc::<Wakes>::default(), Arc::<Wakes>::default());
            let mut readable = pin!(fd.readable());
            assert!(poll_with(&first, readable.as_mut()).is_pending());
            assert!(poll_with(&second, readable.as_mut()).is_pending());
            assert_eq!(Arc::strong_count(&first), 1, "its waker is kept");
            near.write_all(b"x").unwrap();
            eventually("the new owner is woken", || second.count() == 1);
            assert_eq!(first.count(), 0);
            let mut cx = Context::from_waker(Waker::noop());
            let Poll::Ready(guard) = readable.as_mut().poll(&mut cx) else {
                panic!("there is a byte to read");
            };
            let _ = guard.unwrap();
            assert_eq!(next_byte(&fd).await.unwrap(), b'x');
        });
    });
}
