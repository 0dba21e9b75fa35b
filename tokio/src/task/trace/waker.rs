//! A future that is polled with wakers of its own, which tell what is done with them.

use pin_project_lite::pin_project;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use tracing::{span, trace};

pin_project! {
    /// A task's future; without a span it is polled as it is.
    pub(crate) struct Watched<F> {
        #[pin]
        future: F,
        span: Option<span::Id>,
        // As long as the task has the same waker it is polled with the same.
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
        // SAFETY: the functions of `VTABLE` want a pointer to a `Telling` in an `Arc`, and each
        // waker to have a reference there. This one has the future's: it is not dropped, and gone
        // before `telling`, which stays for the rest of the poll.
        let waker = ManuallyDrop::new(unsafe { Waker::new(data, &VTABLE) });
        this.future.poll(&mut Context::from_waker(&waker))
    }
}

/// A task's waker, and the number of its span.
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
/// As all of these: `data` is from `Arc::as_ptr`, and the waker has a reference there.
unsafe fn clone(data: *const ()) -> RawWaker {
    let data = data.cast::<Telling>();
    // SAFETY: the caller's.
    unsafe { &*data }.tell("waker.clone");
    // SAFETY: the caller's.
    unsafe { Arc::increment_strong_count(data) };
    RawWaker::new(data.cast(), &VTABLE)
}

/// # Safety
///
/// See [`clone`]. The reference is given away.
unsafe fn wake(data: *const ()) {
    // SAFETY: the caller's.
    let telling = unsafe { Arc::from_raw(data.cast::<Telling>()) };
    telling.tell("waker.wake");
    telling.waker.wake_by_ref();
}

/// # Safety
///
/// See [`clone`].
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the caller's.
    let telling = unsafe { &*data.cast::<Telling>() };
    telling.tell("waker.wake_by_ref");
    telling.waker.wake_by_ref();
}

/// # Safety
///
/// See [`clone`]. The reference is given away.
unsafe fn drop_waker(data: *const ()) {
    // SAFETY: the caller's.
    let telling = unsafe { Arc::from_raw(data.cast::<Telling>()) };
    telling.tell("waker.drop");
}
