//! A future that is polled with wakers of its own, which report each operation on them.

use pin_project_lite::pin_project;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use tracing::{span, trace};

pin_project! {
    /// A task's future; without a span it is polled directly.
    pub(crate) struct Watched<F> {
        #[pin]
        future: F,
        span: Option<span::Id>,
        // As long as the task's waker stays the same, the same wrapper is reused.
        waker: Option<Arc<Telling>>,
    }
}

impl<F> Watched<F> {
    pub(super) fn new(future: F, span: Option<span::Id>) -> Self {
        Self {
            future,
            span,
            waker: None,
        }
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(span) = this.span else {
            return this.future.poll(cx);
        };
        let telling = match this.waker {
            Some(old) if old.waker.will_wake(cx.waker()) => old,
            other => other.insert(Arc::new(Telling {
                waker: cx.waker().clone(),
                task: span.into_u64(),
            })),
        };
        let data = Arc::as_ptr(telling).cast();
        // SAFETY: the functions of `VTABLE` require a pointer to a `Telling` in an `Arc`, and each
        // waker to own a reference. This waker borrows the future's reference: it is not dropped,
        // and ends before `telling`, which stays for the rest of the poll.
        let waker = ManuallyDrop::new(unsafe { Waker::new(data, &VTABLE) });
        this.future.poll(&mut Context::from_waker(&waker))
    }
}

/// A task's waker, and the id of its span.
struct Telling {
    waker: Waker,
    task: u64,
}

impl Telling {
    fn tell(&self, op: &str) {
        trace!(target: "tokio::task::waker", op, task.id = self.task);
    }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// # Safety
///
/// For all of these functions: `data` must be from `Arc::as_ptr`, and the waker must own a
/// reference.
unsafe fn clone(data: *const ()) -> RawWaker {
    let data = data.cast::<Telling>();
    // SAFETY: guaranteed by the caller.
    unsafe { &*data }.tell("waker.clone");
    // SAFETY: guaranteed by the caller.
    unsafe { Arc::increment_strong_count(data) };
    RawWaker::new(data.cast(), &VTABLE)
}

/// # Safety
///
/// See [`clone`]. The reference is given up.
unsafe fn wake(data: *const ()) {
    // SAFETY: guaranteed by the caller.
    let telling = unsafe { Arc::from_raw(data.cast::<Telling>()) };
    telling.tell("waker.wake");
    telling.waker.wake_by_ref();
}

/// # Safety
///
/// See [`clone`].
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: guaranteed by the caller.
    let telling = unsafe { &*data.cast::<Telling>() };
    telling.tell("waker.wake_by_ref");
    telling.waker.wake_by_ref();
}

/// # Safety
///
/// See [`clone`]. The reference is given up.
unsafe fn drop_waker(data: *const ()) {
    // SAFETY: guaranteed by the caller.
    let telling = unsafe { Arc::from_raw(data.cast::<Telling>()) };
    telling.tell("waker.drop");
}
