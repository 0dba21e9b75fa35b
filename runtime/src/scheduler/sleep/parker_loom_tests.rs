//! Models of the real `Parker`: a notification is never lost.

use super::parker::{Parker, Unblock};
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, Release},
};
use loom::sync::Arc;
use loom::thread;

/// A notification ends the worker's block or prevents it, whatever state the worker is in.
#[test]
fn parker_keeps_a_notification() {
    loom::model(|| {
        let parker = Arc::new(Parker::new());
        let said = Arc::new(AtomicBool::new(false));
        let worker = {
            let (parker, said) = (parker.clone(), said.clone());
            thread::spawn(move || {
                parker.adopt_current_thread();
                while !said.load(Relaxed) {
                    parker.park(None);
                }
            })
        };
        said.store(true, Release);
        assert_eq!(parker.notify(), Unblock::Done);
        worker.join().unwrap();
    });
}

/// Of two notifications, one may arrive while the worker consumes the other: the worker must still
/// see what both notifiers did.
#[test]
fn parker_keeps_two_notifications() {
    loom::model(|| {
        let parker = Arc::new(Parker::new());
        let said = [
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicBool::new(false)),
        ];
        let worker = {
            let (parker, said) = (parker.clone(), said.clone());
            thread::spawn(move || {
                parker.adopt_current_thread();
                while !said.iter().all(|said| said.load(Relaxed)) {
                    parker.park(None);
                }
            })
        };
        let other = {
            let (parker, said) = (parker.clone(), said[0].clone());
            thread::spawn(move || {
                said.store(true, Relaxed);
                assert_eq!(parker.notify(), Unblock::Done);
            })
        };
        said[1].store(true, Relaxed);
        assert_eq!(parker.notify(), Unblock::Done);
        worker.join().unwrap();
        other.join().unwrap();
    });
}
