//! A model of a spare worker's thread that ends while the worker is called again, on the real
//! `Place` and the real `Sleepers`.

use super::place::Place;
use crate::scheduler::queue::WorkerQueue;
use crate::scheduler::sleep::Sleepers;
use loom::sync::Arc;
use loom::thread;

/// A thread that claims a worker whose thread has announced its end does not rely on that thread,
/// but starts another one, which finds the queue.
#[test]
fn a_thread_that_ends_is_not_called() {
    const SPARE: usize = 1;
    loom::model(|| {
        let sleepers = Arc::new(Sleepers::new(1, 1));
        let place = Arc::new(Place::new());
        // The worker has been called.
        assert_eq!(sleepers.claim_spare(), Some(SPARE));
        assert!(!place.take_over());
        place.furnish(WorkerQueue::new());
        sleepers.set_called(SPARE, true);
        let thread = {
            let (sleepers, place) = (sleepers.clone(), place.clone());
            thread::spawn(move || {
                let queue = place.move_in();
                sleepers.set_called(SPARE, false);
                place.leave(SPARE, queue, &sleepers);
            })
        };
        // Either it is called, or woken as one that has been called.
        if let Some(spare) = sleepers.claim_called().or_else(|| sleepers.claim_spare()) {
            assert!(!place.take_over(), "no worker would take the place");
            drop(place.move_in());
            assert_eq!(spare, SPARE);
        }
        thread.join().unwrap();
    });
}
