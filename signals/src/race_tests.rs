//! Races between listeners and a signal, at their worst moments. The signals are not real ones: the
//! pipe that reports signals is process-wide, and another test's runtime would announce them.

use std::future::Future;
use std::pin::pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use heist_runtime::Runtime;
use parking_lot::Mutex;

use crate::slot::{Slot, Subscription};
use crate::{Disposition, SignalKind, Signals, set_unhandled};

/// The slot of the second signal.
static SECOND: Mutex<Option<Arc<Slot>>> = Mutex::new(None);

/// A waker left in the first slot, whose clone function raises the second signal.
static LATE: RawWakerVTable = RawWakerVTable::new(
    |_| {
        if let Some(slot) = SECOND.lock().take() {
            // The steps of the handler, and then of the driver, which finds no waker.
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

#[test]
fn a_signal_in_flight_goes_to_the_next_listener_unless_it_was_received() -> std::io::Result<()> {
    let kind = SignalKind::child();
    let next = || {
        let mut subscription = Subscription::new(kind)?;
        subscription.include_in_flight();
        std::io::Result::Ok(subscription)
    };
    set_unhandled(kind, Disposition::Ignore)?;
    let slot = Slot::of(kind)?;
    let raise_twice = || assert!(slot.raise() && slot.raise());

    raise_twice();
    let mut first = next()?;
    assert!(first.receive());
    drop(first);
    assert!(!next()?.receive(), "both were received by the first one");

    raise_twice();
    slot.announce();
    assert!(!next()?.receive(), "its listeners were woken for it");

    raise_twice();
    let mut last = next()?;
    assert!(last.receive() && last.receive() && !last.receive());
    Ok(())
}
