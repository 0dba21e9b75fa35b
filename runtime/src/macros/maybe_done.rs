//! A future that keeps its output: what `join!` waits for.

use pin_project_lite::pin_project;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// A future, or its output, or neither any more.
    #[project = MaybeDoneProj]
    #[project_replace = MaybeDoneProjReplace]
    #[derive(Debug)]
    #[repr(C)]
    pub enum MaybeDone<F: Future> {
        #[allow(missing_docs)]
        Future { #[pin] future: F },
        #[allow(missing_docs)]
        Done { output: F::Output },
        #[allow(missing_docs)]
        Gone,
    }
}

/// The future, not polled yet.
pub fn maybe_done<F: IntoFuture>(future: F) -> MaybeDone<F::IntoFuture> {
    MaybeDone::Future {
        future: future.into_future(),
    }
}

impl<F: Future> MaybeDone<F> {
    /// The output, if it is there.
    pub fn output_mut(self: Pin<&mut Self>) -> Option<&mut F::Output> {
        match self.project() {
            MaybeDoneProj::Done { output } => Some(output),
            _ => None,
        }
    }

    /// Takes the output, if it is there.
    #[inline]
    pub fn take_output(self: Pin<&mut Self>) -> Option<F::Output> {
        match *self {
            Self::Done { .. } => {}
            Self::Future { .. } | Self::Gone => return None,
        }
        match self.project_replace(Self::Gone) {
            MaybeDoneProjReplace::Done { output } => Some(output),
            _ => unreachable!("it was `Done`"),
        }
    }
}

impl<F: Future> Future for MaybeDone<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let output = match self.as_mut().project() {
            MaybeDoneProj::Future { future } => ready!(future.poll(cx)),
            MaybeDoneProj::Done { .. } => return Poll::Ready(()),
            MaybeDoneProj::Gone => panic!("`MaybeDone` polled after its output was taken"),
        };
        self.set(Self::Done { output });
        Poll::Ready(())
    }
}

/// Takes the output, if it is there and an error; as what `try_join!` gives.
pub fn take_failed<F, T, E, All>(mut future: Pin<&mut MaybeDone<F>>) -> Option<Result<All, E>>
where
    F: Future<Output = Result<T, E>>,
{
    match future.as_mut().output_mut() {
        Some(Err(_)) => future.take_output().and_then(Result::err).map(Err),
        _ => None,
    }
}
