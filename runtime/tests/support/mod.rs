//! What the runtime's tests share: bounded waiting, counting drops, and listing the process's own
//! threads.

pub(crate) mod cloning;
pub(crate) mod gate;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Once, mpsc};
use std::time::{Duration, Instant};
use std::{panic, thread};

/// Far longer than anything here takes on the busiest machine: what has not ended by then hangs. (A
/// million tasks behind one lock took 60 s under AddressSanitizer, on two cores shared with another
/// build.)
const HANG: Duration = Duration::from_secs(180);

/// Runs the body of a test on a thread of its own, so that a test that hangs fails instead of
/// blocking the whole suite.
#[track_caller]
pub(crate) fn bounded<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, end) = mpsc::channel();
    let thread = thread::spawn(move || {
        let result = panic::catch_unwind(panic::AssertUnwindSafe(body));
        let _ = done.send(());
        result
    });
    if end.recv_timeout(HANG).is_err() {
        panic!("hangs: not done after {HANG:?}");
    }
    match thread.join().expect("the body's panics are caught") {
        Ok(result) => result,
        Err(payload) => panic::resume_unwind(payload),
    }
}

/// Waits until the condition holds.
#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let give_up = Instant::now() + HANG / 2;
    while !condition() {
        assert!(Instant::now() < give_up, "never came about: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Counts drops.
#[derive(Clone, Default)]
pub(crate) struct Drops(Arc<AtomicUsize>);

impl Drops {
    pub(crate) fn guard(&self) -> DropGuard {
        DropGuard(self.0.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// Increments the count when it is dropped.
pub(crate) struct DropGuard(Arc<AtomicUsize>);

impl Drop for DropGuard {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// The start of the message of panics that belong to a test.
pub(crate) const EXPECTED: &str = "expected";

/// Keeps panics whose message starts with [`EXPECTED`] out of the test's output.
pub(crate) fn hush_expected_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let payload = info.payload();
            let fixed = payload.downcast_ref::<&str>().copied();
            let text = fixed.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
            if !text.is_some_and(|text| text.starts_with(EXPECTED)) {
                others(info);
            }
        }));
    });
}

/// Returns the message of a panic of the closure.
pub(crate) fn panic_message(body: impl FnOnce()) -> String {
    let payload = panic::catch_unwind(panic::AssertUnwindSafe(body)).expect_err("a panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    }
}

/// Returns the ids of this process's threads with this name (of which Linux keeps 15 bytes).
#[cfg(target_os = "linux")]
pub(crate) fn threads_named(name: &str) -> Vec<String> {
    let name = &name[..name.len().min(15)];
    let tasks = std::fs::read_dir("/proc/self/task").expect("/proc is mounted");
    tasks
        .filter_map(|task| {
            let task = task.ok()?.path();
            // A thread that has just ended cannot be read.
            let comm = std::fs::read_to_string(task.join("comm")).ok()?;
            (comm.trim_end() == name).then(|| task.file_name().unwrap().to_string_lossy().into())
        })
        .collect()
}
