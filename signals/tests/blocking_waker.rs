//! A listener's waker that blocks. In a process of its own, as the driver of any other runtime
//! would announce the signals as well.
#![cfg(unix)]

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use heist::runtime::Builder;
use heist::signal::{SignalKind, signal};
use signal_hook::low_level::raise;

/// Blocks the thread that wakes it until the sender is dropped.
struct Blocking(Mutex<mpsc::Receiver<()>>);

impl Wake for Blocking {
    fn wake(self: Arc<Self>) {
        let _ = self.0.lock().unwrap().recv();
    }
}

fn blocks_nobody() -> io::Result<()> {
    let rt = Builder::new().worker_threads(1).build()?;
    let _entered = rt.enter();
    let (first, second) = (SignalKind::user_defined1(), SignalKind::user_defined2());
    let (release, released) = mpsc::channel();
    let waker = Waker::from(Arc::new(Blocking(Mutex::new(released))));
    let mut listener = signal(first)?;
    let mut waiting = pin!(listener.recv());
    let polled = waiting.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());

    let (tell, listens) = mpsc::channel();
    let task = rt.spawn(async move {
        let mut listener = signal(second).unwrap();
        tell.send(()).unwrap();
        listener.recv().await
    });
    listens.recv().unwrap();
    // Both at once, for the only worker: it leads the poller when this task has ended.
    rt.spawn(async move {
        for kind in [first, second] {
            raise(kind.as_raw_value()).unwrap();
        }
    });
    assert_eq!(rt.block_on(task).unwrap(), Some(()));
    drop(release);
    Ok(())
}

#[test]
fn a_waker_that_blocks_holds_up_no_listener_for_another_signal() {
    let (tell, done) = mpsc::channel();
    thread::spawn(move || tell.send(blocks_nobody()));
    let outcome = done.recv_timeout(Duration::from_secs(180));
    outcome.expect("it neither hangs nor panics").unwrap();
}
