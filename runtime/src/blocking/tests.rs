//! What the pool retains, which cannot be observed from outside until it is too much, and what it
//! does if the system refuses threads.

use super::{AtDeadline, BlockingPool, Limits, Starter, ThreadParts};
use crate::draining::Draining;
use crate::tasks::{Failures, JoinHandle, Origin};
use crate::timers::Clock;
use futures_lite::future::block_on;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

const MOST_THREADS: usize = 4;

/// Returns a pool whose threads the system gives or refuses by their number.
fn pool_of(
    max_threads: usize,
    keep_alive: Duration,
    gives: impl Fn(usize) -> bool + Send + Sync + 'static,
) -> Arc<BlockingPool> {
    #[cfg(feature = "test-util")]
    let clock = Clock::new(false);
    #[cfg(not(feature = "test-util"))]
    let clock = Clock;
    let limits = Limits {
        max_threads,
        cores: 1,
        keep_alive,
    };
    let asked = AtomicUsize::new(0);
    let start = move |parts: ThreadParts| match gives(asked.fetch_add(1, SeqCst)) {
        true => thread::Builder::new().spawn(move || parts.run()),
        false => Err(io::Error::other("no thread")),
    };
    let starter = Starter::without_user(start);
    Arc::new(BlockingPool::new(
        limits,
        Arc::new(Failures::default()),
        clock,
        Arc::new(Draining::new()),
        starter,
    ))
}

fn pool(gives: impl Fn(usize) -> bool + Send + Sync + 'static) -> Arc<BlockingPool> {
    pool_of(MOST_THREADS, Duration::from_secs(10), gives)
}

fn submit<R: Send + 'static>(
    pool: &BlockingPool,
    job: impl FnOnce() -> R + Send + 'static,
) -> io::Result<JoinHandle<R>> {
    pool.spawn(job, Origin::caller(), AtDeadline::Cancel)
}

/// Occupies a thread of the pool until the sender is dropped.
fn occupy(pool: &BlockingPool) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    let job = submit(pool, move || {
        started.send(()).unwrap();
        let _ = released.recv();
    });
    drop(job.unwrap());
    has_started.recv().unwrap();
    release
}

fn output<R>(job: io::Result<JoinHandle<R>>) -> R {
    block_on(job.unwrap()).unwrap()
}

/// A thread's handle keeps its stack until the thread is joined or detached.
#[test]
fn a_thread_that_retires_is_not_kept() {
    let pool = pool_of(MOST_THREADS, Duration::ZERO, |_| true);
    for _ in 0..3 {
        drop(submit(&pool, || ()).unwrap());
        while pool.num_threads() > 0 {
            thread::yield_now();
        }
        assert!(pool.0.state.lock().threads.is_empty());
    }
}

#[test]
fn without_further_threads_the_others_do_the_work() {
    let pool = pool(|n| n < 1);
    let release = occupy(&pool);
    let jobs: Vec<_> = (0..100).map(|n| submit(&pool, move || n)).collect();
    drop(release);
    for (n, job) in jobs.into_iter().enumerate() {
        assert_eq!(output(job), n);
    }
}

#[test]
fn without_any_thread_the_job_is_given_up() {
    /// Runs the user's code when the closure is dropped.
    struct Submits(Arc<BlockingPool>, mpsc::Sender<bool>);
    impl Drop for Submits {
        fn drop(&mut self) {
            self.1.send(submit(&self.0, || ()).is_err()).unwrap();
        }
    }
    let pool = pool(|_| false);
    let (dropped, drops) = mpsc::channel();
    let guard = Submits(pool.clone(), dropped);
    assert!(submit(&pool, move || drop(guard)).is_err());
    assert!(drops.recv().unwrap());
}

/// Lets the test answer the system's question whether it gives the thread with this number.
fn answered(
    number: usize,
) -> (
    impl Fn(usize) -> bool + Send + Sync,
    mpsc::Receiver<()>,
    mpsc::Sender<bool>,
) {
    let (asked, asks) = mpsc::channel();
    let (answer, answers) = mpsc::channel();
    let answers = Mutex::new(answers);
    let gives = move |n| {
        n != number || {
            asked.send(()).unwrap();
            answers.lock().unwrap().recv().unwrap()
        }
    };
    (gives, asks, answer)
}

#[test]
fn a_refused_thread_affects_only_its_own_job() {
    let (gives, asks, answer) = answered(0);
    let pool = pool(gives);
    let same = pool.clone();
    let first = thread::spawn(move || submit(&same, || 1));
    asks.recv().unwrap();
    let second = submit(&pool, || 2);
    answer.send(false).unwrap();
    let first = first.join().unwrap();
    assert_eq!(output(second), 2);
    // The other job's thread has taken it first.
    assert_eq!(output(first), 1);
}

#[test]
fn an_idle_thread_takes_the_job_of_a_refused_thread() {
    let (gives, asks, answer) = answered(1);
    let pool = pool(gives);
    let release = occupy(&pool);
    let same = pool.clone();
    let first = thread::spawn(move || submit(&same, || 1));
    asks.recv().unwrap();
    drop(release);
    while pool.num_idle_threads() < 1 {
        thread::yield_now();
    }
    let second = submit(&pool, || 2);
    answer.send(false).unwrap();
    assert_eq!(output(first.join().unwrap()), 1);
    assert_eq!(output(second), 2);
}

/// The only thread that there may be is refused while another job waits for it: that job gets
/// another one, or if the system has none is given up.
#[test]
fn a_refused_thread_cancels_no_job_that_could_have_another() {
    for system_has_one in [true, false] {
        let (gives, asks, answer) = answered(0);
        let gives = move |n| gives(n) && system_has_one;
        let pool = pool_of(1, Duration::from_secs(10), gives);
        let same = pool.clone();
        let first = thread::spawn(move || submit(&same, || 1));
        asks.recv().unwrap();
        let second = submit(&pool, || 2).unwrap();
        answer.send(false).unwrap();
        assert!(first.join().unwrap().is_err());
        match block_on(second) {
            Ok(output) => assert!(system_has_one && output == 2),
            Err(error) => assert!(!system_has_one && error.is_cancelled(), "{error}"),
        }
    }
}
