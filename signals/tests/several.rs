//! Listeners for several kinds of signals, with and without origin, and listeners whose runtime
//! ends.
//!
//! The tests run side by side in one process, so each has signals of its own.
#![cfg(unix)]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use futures_lite::StreamExt;
use futures_lite::future::poll_once;
use heist::runtime::Runtime;
use heist::signal::{
    Disposition, SignalKind, Signals, raise_default, set_unhandled, shutdown, signal,
};
use heist::task::unconstrained;
use signal_hook::low_level::raise;

/// Sends a signal to the calling thread, which has handled it when this returns.
fn raise_here(kind: SignalKind) {
    raise(kind.as_raw_value()).expect("the signal can be raised");
}

#[heist::test]
async fn each_signal_is_named_and_gets_its_turn() -> io::Result<()> {
    let (often, rare) = (SignalKind::user_defined1(), SignalKind::user_defined2());
    // A duplicate is received once.
    let mut signals = Signals::new([often, rare, often])?;
    for _ in 0..3 {
        raise_here(often);
    }
    raise_here(rare);
    let mut received = Vec::new();
    while let Some(signal) = poll_once(signals.recv()).await {
        received.push(signal.expect("the runtime runs"));
    }
    assert_eq!(received, [often, rare, often, often]);

    raise_here(rare);
    assert_eq!(signals.next().await, Some(rare));
    Ok(())
}

#[heist::test]
async fn a_listener_for_several_waits_for_any() -> io::Result<()> {
    let kinds = [SignalKind::alarm(), SignalKind::hangup()];
    for kind in kinds {
        set_unhandled(kind, Disposition::Ignore)?;
        let mut signals = Signals::new(kinds)?;
        let task = heist::spawn(async move { signals.recv().await });
        // Before the task waits, while it does, and when it is gone.
        while !task.is_finished() {
            raise_here(kind);
            heist::task::yield_now().await;
        }
        assert_eq!(task.await.unwrap(), Some(kind));
    }
    Ok(())
}

#[heist::test]
async fn one_refused_signal_refuses_all() {
    for kinds in [[15, 9], [9, 15], [15, 4096], [-1, 15]] {
        let kinds = kinds.map(SignalKind::from_raw);
        let error = Signals::new(kinds).unwrap_err();
        let with_origin = Signals::with_origin(kinds).unwrap_err();
        assert_eq!(error.to_string(), with_origin.to_string());
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let culprit = kinds.iter().find(|kind| kind.as_raw_value() != 15).unwrap();
        assert!(error.to_string().contains(&culprit.to_string()), "{error}");
    }
    let error = Signals::new([]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn a_signal_that_does_not_exist_cannot_be_raised() {
    for number in [0, -1, 4096] {
        let kind = SignalKind::from_raw(number);
        let error = raise_default(kind).unwrap_err();
        assert!(error.to_string().contains(&kind.to_string()), "{error}");
    }
    // A signal that does nothing by default does nothing.
    raise_default(SignalKind::child()).unwrap();
}

#[heist::test]
async fn of_many_signals_with_origin_some_arrive() -> io::Result<()> {
    let kind = SignalKind::quit();
    let mut signals = Signals::with_origin([kind])?;
    assert!(poll_once(signals.recv()).await.is_none());
    for _ in 0..10_000 {
        raise_here(kind);
    }
    let mut count = 0;
    while let Some(origin) = poll_once(unconstrained(signals.recv())).await {
        let sender = origin.expect("the runtime runs").process;
        assert!(sender.is_none_or(|sender| sender.pid == std::process::id()));
        count += 1;
    }
    assert!(count > 0);
    raise_here(kind);
    assert_eq!(signals.next().await.map(|origin| origin.signal), Some(kind));
    assert!(poll_once(signals.recv()).await.is_none());
    Ok(())
}

#[test]
fn a_waiting_task_sees_that_the_listeners_runtime_has_ended() -> io::Result<()> {
    let (host, guest) = (Runtime::new()?, Runtime::new()?);
    let kind = SignalKind::io();
    let (mut plain, mut with_origin, shutdown) = host.block_on(async {
        io::Result::Ok((signal(kind)?, Signals::with_origin([kind])?, shutdown()))
    })?;
    // One task each, because a woken task checks everything it waits for.
    let (waits, waiting) = std::sync::mpsc::channel();
    let also_waits = waits.clone();
    let plain = guest.spawn(async move {
        assert!(poll_once(plain.recv()).await.is_none());
        also_waits.send(()).unwrap();
        plain.recv().await
    });
    let also_waits = waits.clone();
    let with_origin = guest.spawn(async move {
        assert!(poll_once(with_origin.recv()).await.is_none());
        also_waits.send(()).unwrap();
        with_origin.recv().await
    });
    let shutdown = guest.spawn(async move {
        let mut shutdown = shutdown;
        assert!(poll_once(&mut shutdown).await.is_none());
        waits.send(()).unwrap();
        shutdown.await
    });
    for _ in 0..3 {
        waiting.recv().unwrap();
    }
    drop(host);
    assert_eq!(guest.block_on(plain).unwrap(), None);
    assert_eq!(guest.block_on(with_origin).unwrap(), None);
    let error = guest.block_on(shutdown).unwrap().unwrap_err();
    assert!(error.to_string().contains("shut down"), "{error}");
    Ok(())
}

/// Listeners are woken on a thread of the runtime, all for the same byte. A waker that panics must
/// not keep the others from receiving this signal or another one.
#[test]
fn a_waker_that_panics_does_not_affect_other_listeners() {
    struct Panicking(AtomicUsize);
    impl Wake for Panicking {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
            panic!("a waker that belongs to this test");
        }
    }
    let runtime = Runtime::new().unwrap();
    let _entered = runtime.enter();
    let mut listeners = Vec::new();
    let mut wakers = Vec::new();
    for kind in [SignalKind::window_change(), SignalKind::child()].repeat(3) {
        let mut listener = signal(kind).unwrap();
        let waker = Arc::new(Panicking(AtomicUsize::new(0)));
        let waiting = listener.poll_recv(&mut Context::from_waker(&Waker::from(waker.clone())));
        assert!(waiting.is_pending());
        listeners.push(listener);
        wakers.push(waker);
    }
    let mut last = signal(SignalKind::child()).unwrap();
    let heard = runtime.spawn(async move { last.recv().await });
    raise_here(SignalKind::window_change());
    raise_here(SignalKind::child());
    assert_eq!(runtime.block_on(heard).unwrap(), Some(()));
    let give_up = Instant::now() + Duration::from_secs(60);
    while wakers.iter().any(|waker| waker.0.load(SeqCst) == 0) {
        assert!(Instant::now() < give_up, "a listener is not woken");
        thread::sleep(Duration::from_millis(1));
    }
}
