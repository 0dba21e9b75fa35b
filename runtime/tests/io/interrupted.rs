//! Signals that come while a thread waits for events.

use crate::support::{bounded, eventually};
use crate::{next_byte, pair};
use heist_runtime::Builder;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

static HANDLED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn handle(_signal: libc::c_int) {
    HANDLED.fetch_add(1, SeqCst);
}

/// A wait that is interrupted by a signal (from a profiler or a debugger) is not an error.
#[test]
fn a_signal_that_interrupts_a_wait_for_events_is_harmless() {
    bounded(|| {
        // SAFETY: all zeroes is a valid one, and the handler only counts.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handle as *const () as usize;
            assert_eq!(
                libc::sigaction(libc::SIGUSR2, &action, std::ptr::null_mut()),
                0
            );
        }
        let workers = Arc::new(Mutex::new(Vec::new()));
        let started = workers.clone();
        let rt = Builder::new()
            .worker_threads(2)
            .on_thread_start(move || {
                // SAFETY: it has no preconditions.
                let this = unsafe { libc::pthread_self() };
                started.lock().unwrap().push(this);
            })
            .build()
            .unwrap();
        eventually("both have started", || workers.lock().unwrap().len() >= 2);
        let _entered = rt.enter();
        for n in 0..50 {
            let (mut near, far) = pair();
            let reading = rt.spawn(async move { next_byte(&far).await });
            // Usually long enough for one to wait in the poller.
            thread::sleep(Duration::from_millis(1));
            for worker in &*workers.lock().unwrap() {
                // SAFETY: the threads live as long as the runtime.
                assert_eq!(unsafe { libc::pthread_kill(*worker, libc::SIGUSR2) }, 0);
            }
            let handled = || HANDLED.load(SeqCst) > 2 * n;
            eventually("the signals are handled", handled);
            near.write_all(b"x").unwrap();
            assert_eq!(rt.block_on(reading).unwrap().unwrap(), b'x');
        }
    });
}
