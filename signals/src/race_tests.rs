//! The race between a task that goes to sleep and a signal, without the system in between, so that
//! the two meet within nanoseconds. A lost wake-up shows as a hang.

use std::sync::mpsc;
use std::thread;

use futures_lite::future::block_on;
use heist_runtime::Runtime;

use crate::slot::Slot;
use crate::{SignalKind, Signals};

const ROUNDS: usize = 100_000;

#[test]
fn no_signal_is_lost_on_a_task_that_falls_asleep() -> std::io::Result<()> {
    let kinds = [SignalKind::user_defined1(), SignalKind::user_defined2()];
    let runtime = Runtime::new()?;
    let mut listener = {
        let _guard = runtime.enter();
        Signals::new(kinds)?
    };
    let slots = [Slot::of(kinds[0])?, Slot::of(kinds[1])?];
    let (heard, hears) = mpsc::channel();
    let raiser = thread::spawn(move || {
        for round in 0..ROUNDS {
            // What the handler does, and then the driver.
            let slot = slots[round % 2];
            assert!(slot.raise());
            slot.announce();
            hears.recv().expect("the listener listens");
        }
    });
    for round in 0..ROUNDS {
        assert_eq!(block_on(listener.recv()), Some(kinds[round % 2]));
        heard.send(()).expect("the raiser raises");
    }
    raiser.join().unwrap();
    Ok(())
}
