//! Real signals, which this process sends to itself.
//!
//! The tests run side by side in one process, so each uses a signal of its own.
#![cfg(unix)]

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, RawWaker, RawWakerVTable, Waker};

use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once};
use heist::runtime::Runtime;
use heist::signal::{
    Disposition, Signal, SignalKind, Signals, ctrl_c, set_unhandled, shutdown, signal,
};
use heist::task::unconstrained;
use signal_hook::low_level::raise;

/// Sends a signal to the calling thread, which has handled it when this returns. Signals raised one
/// after the other are therefore not merged.
fn raise_here(kind: SignalKind) {
    raise(kind.as_raw_value()).expect("the signal can be raised");
}

/// Sends a signal to the process, as `kill` does: any thread may receive it, at any time.
fn raise_anywhere(kind: SignalKind) {
    let signal = rustix::process::Signal::from_named_raw(kind.as_raw_value())
        .expect("these tests use signals with names");
    rustix::process::kill_process(rustix::process::getpid(), signal)
        .expect("a process may signal itself");
}

/// Waits for a signal, and counts it together with all others raised before.
async fn count_received(listener: &mut Signal) -> usize {
    listener.recv().await.expect("the runtime runs");
    let mut count = 1;
    // No wait is needed: the others have been counted already.
    while let Some(received) = poll_once(unconstrained(listener.recv())).await {
        received.expect("the runtime runs");
        count += 1;
    }
    count
}

#[heist::test]
async fn a_task_waits_for_a_signal() -> io::Result<()> {
    let kind = SignalKind::user_defined1();
    let mut listener = signal(kind)?;
    assert!(poll_once(listener.recv()).await.is_none());
    let task = heist::spawn(async move { listener.recv().await });
    raise_anywhere(kind);
    assert_eq!(task.await.unwrap(), Some(()));
    Ok(())
}

#[heist::test]
async fn every_listener_gets_every_signal() -> io::Result<()> {
    let kind = SignalKind::user_defined2();
    let mut listeners = Vec::new();
    for _ in 0..8 {
        listeners.push(signal(kind)?);
    }
    raise_here(kind);
    raise_here(kind);
    for listener in &mut listeners {
        assert_eq!(listener.recv().await, Some(()));
        assert_eq!(listener.recv().await, Some(()));
    }
    Ok(())
}

#[heist::test]
async fn signals_are_counted_while_nobody_waits() -> io::Result<()> {
    let kind = SignalKind::hangup();
    let mut listener = signal(kind)?;
    for _ in 0..100 {
        raise_here(kind);
    }
    assert_eq!(count_received(&mut listener).await, 100);
    // However many there are, and whether or not they fill the pipe.
    for _ in 0..10_000 {
        raise_here(kind);
    }
    assert_eq!(count_received(&mut listener).await, 10_000);
    raise_here(kind);
    assert_eq!(count_received(&mut listener).await, 1);
    Ok(())
}

#[heist::test]
async fn listeners_come_and_go() -> io::Result<()> {
    let kind = SignalKind::alarm();
    let mut first = signal(kind)?;
    raise_here(kind);
    // Not for this listener, which is created later.
    let mut second = signal(kind)?;
    raise_here(kind);
    assert_eq!(count_received(&mut first).await, 2);
    assert_eq!(count_received(&mut second).await, 1);

    drop(first);
    raise_here(kind);
    assert_eq!(count_received(&mut second).await, 1);

    // Without any listener the signal must have no effect, in particular not its default one.
    set_unhandled(kind, Disposition::Ignore)?;
    drop(second);
    raise_here(kind);
    let mut third = signal(kind)?;
    raise_here(kind);
    assert_eq!(count_received(&mut third).await, 1);
    Ok(())
}

#[heist::test]
async fn signals_in_a_storm_of_listeners_are_not_lost() -> io::Result<()> {
    let kind = SignalKind::window_change();
    let mut steady = signal(kind)?;
    let raising = Arc::new(AtomicBool::new(true));
    let raiser = std::thread::spawn({
        let raising = Arc::clone(&raising);
        move || {
            while raising.load(Ordering::Acquire) {
                raise_anywhere(kind);
                std::thread::yield_now();
            }
        }
    });
    for _ in 0..200 {
        let mut passing = signal(kind)?;
        assert_eq!(passing.recv().await, Some(()));
    }
    raising.store(false, Ordering::Release);
    raiser.join().unwrap();

    assert!(count_received(&mut steady).await > 0);
    raise_anywhere(kind);
    assert_eq!(steady.recv().await, Some(()));
    Ok(())
}

#[heist::test]
async fn ctrl_c_waits_for_an_interrupt() -> io::Result<()> {
    let mut waiting = Box::pin(ctrl_c());
    assert!(poll_once(&mut waiting).await.is_none());
    raise_anywhere(SignalKind::interrupt());
    waiting.await
}

#[heist::test]
async fn a_listener_is_a_stream() -> io::Result<()> {
    let kind = SignalKind::io();
    let listener = signal(kind)?;
    raise_here(kind);
    raise_here(kind);
    assert_eq!(listener.take(2).count().await, 2);
    Ok(())
}

#[test]
fn listeners_on_several_runtimes_each_get_the_signal() -> io::Result<()> {
    let kind = SignalKind::terminate();
    let (one, other) = (Runtime::new()?, Runtime::new()?);
    let mut first = one.block_on(async { signal(kind) })?;
    let mut second = other.block_on(async { signal(kind) })?;
    raise_here(kind);
    assert_eq!(one.block_on(first.recv()), Some(()));
    assert_eq!(other.block_on(second.recv()), Some(()));

    // A runtime that ends takes only its own listeners along.
    drop(one);
    assert_eq!(block_on(first.recv()), None);
    raise_here(kind);
    assert_eq!(other.block_on(second.recv()), Some(()));
    Ok(())
}

#[heist::test]
async fn refused_signals_are_named_with_the_reason() {
    let refused = [
        (9, "SIGKILL", "no process"),
        (11, "SIGSEGV", "fault"),
        (8, "SIGFPE", "fault"),
        (4, "SIGILL", "fault"),
        (0, "signal 0", "no such signal"),
        (-1, "signal -1", "no such signal"),
        (4096, "signal 4096", "no such signal"),
    ];
    for (number, name, reason) in refused {
        let error = signal(SignalKind::from_raw(number)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let message = error.to_string();
        assert!(
            message.contains(name) && message.contains(reason),
            "{message}"
        );
    }
}

#[test]
fn outside_a_runtime_there_is_an_error() {
    let error = signal(SignalKind::quit()).unwrap_err();
    assert!(error.to_string().contains("SIGQUIT"), "{error}");
    let error = Signals::with_origin([SignalKind::quit()]).unwrap_err();
    assert!(error.to_string().contains("SIGQUIT"), "{error}");
    assert!(block_on(ctrl_c()).is_err());
    assert!(block_on(shutdown()).is_err());
}

thread_local! {
    /// The action of the next clone of a waker of `with_clone`.
    static ON_CLONE: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

/// Returns a waker whose first clone runs `act`.
fn with_clone(act: impl FnOnce() + 'static) -> Waker {
    static TABLE: RawWakerVTable = RawWakerVTable::new(clone, |_| (), |_| (), |_| ());
    fn clone(_: *const ()) -> RawWaker {
        if let Some(act) = ON_CLONE.take() {
            act();
        }
        RawWaker::new(ptr::null(), &TABLE)
    }
    ON_CLONE.set(Some(Box::new(act)));
    // SAFETY: it has no data, and its functions may be called on any thread.
    unsafe { Waker::from_raw(RawWaker::new(ptr::null(), &TABLE)) }
}

#[test]
fn wakers_are_cloned_without_a_lock() {
    let runtime = Runtime::new().unwrap();
    let _entered = runtime.enter();
    let mut listener = signal(SignalKind::pipe()).unwrap();
    let other = signal(SignalKind::pipe()).unwrap();
    let waker = with_clone(move || drop(other));
    let received = pin!(listener.recv()).poll(&mut Context::from_waker(&waker));
    assert!(received.is_pending());
}
