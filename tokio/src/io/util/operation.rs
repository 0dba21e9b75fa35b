//! `Operation`: the future of every method of the `Ext` traits. A `Step` implements each method.

use pin_project_lite::pin_project;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A method's operation on its `io`, and its progress.
pub trait Step<T: ?Sized> {
    type Output;

    fn poll(&mut self, io: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Self::Output>;
}

pin_project! {
    /// The future of a method of an `Ext` trait.
    ///
    /// As in tokio, it is not `Unpin`, so that programs do not come to rely on it.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Operation<'a, T: ?Sized, S> {
        io: &'a mut T,
        step: S,
        #[pin]
        _pin: PhantomPinned,
    }
}

impl<'a, T: ?Sized, S> Operation<'a, T, S> {
    pub(super) fn new(io: &'a mut T, step: S) -> Self {
        Self {
            io,
            step,
            _pin: PhantomPinned,
        }
    }
}

impl<T: Unpin + ?Sized, S: Step<T>> Future for Operation<'_, T, S> {
    type Output = S::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<S::Output> {
        let this = self.project();
        this.step.poll(Pin::new(&mut **this.io), cx)
    }
}
