//! Models of a half on the real `Held` and `Strays`: its owner waits for it or takes it back, while
//! another thread takes it.

use super::half::{Held, Stage};
use super::strays::Strays;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use loom::thread;

/// Returns a half that writes something that the owner must see.
fn counted(written: &Arc<AtomicUsize>) -> impl FnOnce() -> u32 + Send + 'static {
    let written = written.clone();
    move || {
        assert_eq!(written.fetch_add(1, Relaxed), 0, "run twice");
        7
    }
}

/// The owner sleeps at once, where the real one would spin first.
#[test]
fn an_owner_that_waits_is_woken_and_sees_the_result() {
    loom::model(|| {
        let written = Arc::new(AtomicUsize::new(0));
        // The box keeps it in place as long as it is not moved out of.
        let held = Box::new(Held::new(counted(&written)));
        // SAFETY: the half is kept until it is done.
        let half = unsafe { held.offer() };
        let taker = thread::spawn(move || half.run(1));
        let is_back = match held.half().stage() {
            Stage::Done => false,
            Stage::Offered | Stage::TakenBy(1) => held.half().wait_or(|| false),
            Stage::TakenBy(other) => panic!("thread {other} never takes a half here"),
        };
        assert!(!is_back);
        assert_eq!(written.load(Relaxed), 1);
        assert_eq!(result(*held), 7);
        taker.join().unwrap();
    });
}

/// A thief that must not run the half puts it where its owner finds it.
#[test]
fn an_owner_that_waits_takes_back_what_nobody_runs() {
    loom::model(|| {
        let written = Arc::new(AtomicUsize::new(0));
        let held = Box::new(Held::new(counted(&written)));
        let strays = Arc::new(Strays::new());
        // SAFETY: the half is kept until it is back.
        let half = unsafe { held.offer() };
        let thief = {
            let strays = strays.clone();
            thread::spawn(move || strays.put(half))
        };
        assert!(held.half().wait_or(|| strays.take_back(held.half())));
        assert_eq!(held.into_closure()(), 7);
        assert_eq!(written.load(Relaxed), 1);
        thief.join().unwrap();
    });
}

/// A thread that is not a worker offers a half, and searches for it while another thread takes it.
#[test]
fn a_stray_half_is_taken_once() {
    loom::model(|| {
        let written = Arc::new(AtomicUsize::new(0));
        let held = Box::new(Held::new(counted(&written)));
        let strays = Arc::new(Strays::new());
        // SAFETY: the half is kept until it is back or done.
        strays.put(unsafe { held.offer() });
        let taker = {
            let strays = strays.clone();
            thread::spawn(move || strays.take().map(|half| half.run(0)))
        };
        match held.half().wait_or(|| strays.take_back(held.half())) {
            true => assert_eq!(held.into_closure()(), 7),
            false => assert_eq!(result(*held), 7),
        }
        assert_eq!(written.load(Relaxed), 1);
        taker.join().unwrap();
    });
}

fn result<F>(held: Held<F, u32>) -> u32
where
    F: FnOnce() -> u32 + Send,
{
    held.into_result().expect("nothing panics")
}
