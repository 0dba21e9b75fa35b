//! Jobs that do not run, or not to their end: aborted, panicking, cancelled, without a thread.

use crate::support::{Drops, EXPECTED, bounded, hush_expected_panics};
use crate::{Threads, named_once_built, occupy, with_threads};
use futures_lite::future::block_on;
use heist_runtime::{Builder, Handle, task};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

#[test]
fn a_queued_job_can_be_aborted() {
    bounded(|| {
        let rt = with_threads(1);
        let release = occupy(&rt);
        let drops = Drops::default();
        let queued = |ran: &Arc<AtomicBool>| {
            let (ran, guard) = (ran.clone(), drops.guard());
            rt.spawn_blocking(move || {
                ran.store(true, SeqCst);
                drop(guard);
            })
        };
        let (aborted_ran, other_ran) = (Arc::default(), Arc::default());
        let (aborted, other) = (queued(&aborted_ran), queued(&other_ran));
        aborted.abort();
        drop(release);
        let error = rt.block_on(aborted).unwrap_err();
        assert!(error.is_cancelled(), "{error}");
        rt.block_on(other).unwrap();
        assert!(!aborted_ran.load(SeqCst) && other_ran.load(SeqCst));
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_running_job_cannot_be_aborted() {
    bounded(|| {
        let rt = with_threads(1);
        let (release, blocked) = mpsc::channel::<()>();
        let (started, start) = mpsc::channel();
        let job = rt.spawn_blocking(move || {
            started.send(()).unwrap();
            let _ = blocked.recv();
            7
        });
        start.recv().unwrap();
        job.abort();
        drop(release);
        assert_eq!(rt.block_on(job).unwrap(), 7);
    });
}

#[test]
fn a_panic_affects_only_its_own_job() {
    hush_expected_panics();
    bounded(|| {
        let threads = Threads::default();
        let rt = threads.watch(Builder::new().max_blocking_threads(1));
        for n in 0..100 {
            let job = rt.spawn_blocking(move || panic!("{EXPECTED} {n}"));
            let error = rt.block_on(job).unwrap_err();
            assert!(error.is_panic(), "{error}");
            let message = error.into_panic().downcast::<String>().unwrap();
            assert_eq!(*message, format!("{EXPECTED} {n}"));
            assert_eq!(rt.block_on(rt.spawn_blocking(move || n)).unwrap(), n);
        }
        assert_eq!(threads.started(), 1);
    });
}

#[test]
fn jobs_that_were_accepted_run_before_the_drop_returns() {
    bounded(|| {
        // Behind one that runs.
        let rt = with_threads(1);
        let release = occupy(&rt);
        let drops = Drops::default();
        let queued: Vec<_> = (0..100)
            .map(|n| {
                let guard = drops.guard();
                rt.spawn_blocking(move || {
                    drop(guard);
                    // Still within the runtime, though it accepts nothing new.
                    let late = Handle::current().spawn_blocking(|| ());
                    assert!(block_on(late).unwrap_err().is_cancelled());
                    n
                })
            })
            .collect();
        let handle = rt.handle().clone();
        let ending = thread::spawn(move || drop(rt));
        while !block_on(handle.spawn(async {})).is_err_and(|error| error.is_cancelled()) {
            thread::yield_now();
        }
        drop(release);
        ending.join().unwrap();
        assert_eq!(drops.count(), 100);
        for (n, job) in queued.into_iter().enumerate() {
            assert_eq!(block_on(job).unwrap(), n);
        }
    });
}

/// With a thread for it that must be started, perhaps after it was named, or is at rest.
#[test]
fn a_job_submitted_just_before_the_drop_runs() {
    bounded(|| {
        let drops = Drops::default();
        for round in 0..1_000 {
            let rt = match round % 8 {
                0..4 => with_threads(4),
                _ => named_once_built(|number| number.to_string()),
            };
            if round % 2 == 1 {
                block_on(rt.spawn_blocking(|| ())).unwrap();
            }
            let guard = drops.guard();
            let job = rt.spawn_blocking(move || drop(guard));
            match round % 4 {
                0 | 1 => drop(rt),
                2 => rt.shutdown_background(),
                _ => rt.shutdown_timeout(Duration::from_secs(60)),
            }
            block_on(job).unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
        assert_eq!(drops.count(), 1_000);
    });
}

#[test]
fn jobs_that_have_not_started_at_a_deadline_are_cancelled() {
    bounded(|| {
        let rt = with_threads(1);
        let release = occupy(&rt);
        let job = rt.spawn_blocking(|| unreachable!("it is cancelled"));
        let report = rt.shutdown_graceful(Duration::from_millis(10));
        assert_eq!(report.blocking, 2);
        let outcome: Result<(), _> = block_on(job);
        assert!(outcome.unwrap_err().is_cancelled());
        drop(release);
    });
}

#[test]
fn a_destructor_that_blocks_does_not_hold_up_a_graceful_shutdown() {
    /// Blocks the thread that drops it.
    struct Blocks(mpsc::Sender<()>, mpsc::Receiver<()>);
    impl Drop for Blocks {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
            let _ = self.1.recv();
        }
    }
    bounded(|| {
        let rt = with_threads(1);
        let release = occupy(&rt);
        let (dropping, is_dropping) = mpsc::channel();
        let (let_end, may_end) = mpsc::channel();
        let blocks = Blocks(dropping, may_end);
        let job = rt.spawn_blocking(move || drop(blocks));
        let report = rt.shutdown_graceful(Duration::from_millis(10));
        assert_eq!(report.blocking, 2);
        is_dropping.recv().unwrap();
        drop(let_end);
        assert!(block_on(job).unwrap_err().is_cancelled());
        drop(release);
    });
}

#[test]
fn jobs_that_are_to_run_even_so_do_after_a_deadline() {
    bounded(|| {
        let rt = with_threads(1);
        let release = occupy(&rt);
        let (ran, order) = mpsc::channel();
        let submit = |number: u32, builder: task::Builder<'_>| {
            let ran = ran.clone();
            let job = move || ran.send(number).unwrap();
            builder.spawn_blocking_on(job, rt.handle()).unwrap()
        };
        submit(1, task::Builder::new().even_at_shutdown());
        let ordinary = submit(2, task::Builder::new());
        submit(3, task::Builder::new().even_at_shutdown());
        let ending = thread::spawn(move || rt.shutdown_graceful(Duration::from_millis(10)));
        assert!(
            futures_lite::future::block_on(ordinary)
                .unwrap_err()
                .is_cancelled()
        );
        drop(release);
        drop(ran);
        assert_eq!(order.iter().collect::<Vec<_>>(), [1, 3]);
        ending.join().unwrap();
    });
}

#[test]
fn a_name_that_fails_costs_no_job() {
    hush_expected_panics();
    bounded(|| {
        let rt = named_once_built(|n| match n {
            0 => panic!("{EXPECTED} in `thread_name_fn`"),
            _ => "\0".into(),
        });
        let name = || thread::current().name().map(str::to_owned);
        let release = occupy(&rt);
        let job = rt.spawn_blocking(name);
        assert_eq!(
            rt.block_on(job).unwrap().as_deref(),
            Some("heist-blocking-1")
        );
        drop(release);
    });
}
