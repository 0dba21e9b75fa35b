//! The race between a task that goes to sleep and a signal, at its worst moment.

use std::future::Future;
use std::pin::pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use heist_runtime::Runtime;
use parking_lot::Mutex;

use crate::slot::Slot;
use crate::{SignalKind, Signals};

/// The slot of the signal that is yet to come.
static SECOND: Mutex<Option<Arc<Slot>>> = Mutex::new(None);

/// A waker that is left in the first slot, which clones it, just when the second signal arrives.
static LATE: RawWakerVTable = RawWakerVTable::new(
    |_| {
        if let Some(slot) = SECOND.lock().take() {
            // What the handler does, and then the driver, which finds no waker.
            assert!(slot.raise());
            slot.announce();
        }
        RawWaker::new(ptr::null(), Waker::noop().vtable())
    },
    |_| {},
    |_| {},
    |_| {},
);

#[test]
fn no_signal_is_lost_on_a_task_that_falls_asleep() -> std::io::Result<()> {
    let (first, second) = (SignalKind::user_defined1(), SignalKind::user_defined2());
    let runtime = Runtime::new()?;
    let _guard = runtime.enter();
    let mut signals = Signals::new([first, second])?;
    *SECOND.lock() = Some(Slot::of(second)?);
    // SAFETY: the functions do not use the pointer.
    let waker = unsafe { Waker::new(ptr::null(), &LATE) };
    let received = pin!(signals.recv()).poll(&mut Context::from_waker(&waker));
    assert_eq!(received, Poll::Ready(Some(second)));
    Ok(())
}
