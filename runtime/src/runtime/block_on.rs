//! Blocking the current thread: on a future that it polls, or in a closure.
//!
//! The thread polls the future and parks between polls; the runtime's workers do everything else. A
//! worker that does this is absent in the meantime.

use super::handle::Handle;
use crate::budget::with_budget;
use crate::scheduler::LocalWorker;
use crate::tasks::large_future;
use crate::timers::Clock;
use crate::waking::{OwnWake, own_vtable, own_waker};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Release},
};
use std::task::{Context, Poll, RawWakerVTable};
use std::thread::{self, Thread};

/// Wakes a thread that is in `block_on`.
struct ThreadWaker {
    thread: Thread,
    /// Distinguishes a wake from a token of `Thread::unpark` that other code on the thread has used
    /// up or left behind.
    woken: AtomicBool,
    clock: Clock,
}

pub(super) static VTABLE: RawWakerVTable = own_vtable::<ThreadWaker>();

impl OwnWake for ThreadWaker {
    fn vtable() -> &'static RawWakerVTable {
        &VTABLE
    }

    fn wake(&self) {
        // On behalf of the woken thread, which may take a while to get a core.
        self.clock.enter();
        // Release: the woken thread sees what happened before the wake.
        if self.woken.swap(true, Release) {
            self.clock.leave();
        } else {
            self.thread.unpark();
        }
    }
}

/// Counts this thread as awake by the clock, except while it parks. A thread that wakes it has
/// counted it already.
struct Awake<'a>(&'a ThreadWaker);

impl<'a> Awake<'a> {
    fn new(waker: &'a ThreadWaker) -> Self {
        waker.clock.enter();
        Self(waker)
    }
}

impl Drop for Awake<'_> {
    fn drop(&mut self) {
        if self.0.woken.swap(true, AcqRel) {
            // This thread will not consume the wake, whose count must be removed. Later wakes see
            // the flag and do not count.
            self.0.clock.leave();
        }
        self.0.clock.leave();
    }
}

impl Handle {
    /// # Panics
    ///
    /// Panics in a child that was forked from the runtime's process, since none of the runtime's
    /// threads exist there.
    #[track_caller]
    pub(super) fn assert_at_home(&self) {
        assert!(
            !self.shared().driver.is_forked_child(),
            "this process was forked from the one that has the runtime, and has none of its threads"
        );
    }

    /// Runs a future to completion on the current thread, within this runtime.
    ///
    /// See [`Runtime::block_on`](crate::Runtime::block_on). Once the runtime has shut down, a
    /// future that waits for its sockets gets errors. Its timers continue to fire.
    ///
    /// In a task it works like [`block_in_place`](crate::task::block_in_place).
    ///
    /// # Panics
    ///
    /// Resumes a panic of the future. On Linux, panics in a child that was forked from the
    /// runtime's process.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let handle = runtime.handle().clone();
    /// // The asynchronous part of blocking code:
    /// let job = runtime.spawn_blocking(move || handle.block_on(async { 1 + 1 }));
    /// assert_eq!(runtime.block_on(job).unwrap(), 2);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        large_future!(future: F => block_on(self, future))
    }
}

/// Calls a closure that may block, on the current thread, and has other threads take over the work
/// of the thread's worker.
///
/// A task that blocks without this call is noticed too, after a millisecond or two. The call spares
/// the waiting tasks that time. Only the current task is held up, with everything that it polls
/// besides, as by `join` or `select`; [`spawn_blocking`](crate::spawn_blocking) does not have that
/// disadvantage. Outside tasks, this just calls the closure.
///
/// # Panics
///
/// Resumes a panic of the closure.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let task = heist::spawn(async {
///     heist::task::block_in_place(|| std::fs::read_to_string("Cargo.toml"))
/// });
/// assert!(task.await.unwrap().is_ok());
/// # });
/// # std::io::Result::Ok(())
/// ```
pub fn block_in_place<R>(f: impl FnOnce() -> R) -> R {
    LocalWorker::block_in_place(f)
}

#[track_caller]
pub(crate) fn block_on<F: Future>(handle: &Handle, future: F) -> F::Output {
    // In a task, this must not hold up the other tasks of its worker.
    LocalWorker::block_in_place(|| block_on_here(handle, future))
}

#[track_caller]
fn block_on_here<F: Future>(handle: &Handle, future: F) -> F::Output {
    handle.assert_at_home();
    let _entered = handle.enter();
    let future = pin!(future);
    handle.shared().accompanied(|| poll_to_end(handle, future))
}

fn poll_to_end<F: Future>(handle: &Handle, mut future: Pin<&mut F>) -> F::Output {
    let inner = Arc::new(ThreadWaker {
        thread: thread::current(),
        woken: AtomicBool::new(false),
        clock: handle.shared().driver.clock().clone(),
    });
    let _awake = Awake::new(&inner);
    let waker = own_waker(inner.clone());
    let mut cx = Context::from_waker(&waker);
    let watch = handle.shared().failures.watch(&waker);
    loop {
        if let Some(watch) = &watch {
            watch.check();
        }
        if let Poll::Ready(output) = with_budget(|| future.as_mut().poll(&mut cx)) {
            return output;
        }
        inner.clock.leave();
        // AcqRel: sees what the waking thread did before the wake.
        while !inner.woken.swap(false, AcqRel) {
            thread::park();
        }
    }
}
