//! A future that keeps its output, for `join!`.

use pin_project_lite::pin_project;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// A future, or its output, or neither after the output was taken.
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

/// Wraps a future that has not been polled yet.
pub fn maybe_done<F: IntoFuture>(future: F) -> MaybeDone<F::IntoFuture> {
    MaybeDone::Future {
        future: future.into_future(),
    }
}

impl<F: Future> MaybeDone<F> {
    /// Returns the output, if it is there.
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

/// How `join!` handles the outputs.
pub mod all {
    use super::MaybeDone;
    use std::future::Future;
    use std::pin::Pin;

    /// Never ends `join!` early.
    #[inline]
    pub fn take_failed<F: Future, All>(_done: Pin<&mut MaybeDone<F>>) -> Option<All> {
        None
    }

    /// Returns the output of a future that is done.
    #[inline]
    pub fn take_output<F: Future>(done: Pin<&mut MaybeDone<F>>) -> F::Output {
        done.take_output().expect("all are done")
    }

    /// Returns the result of `join!`.
    #[inline]
    pub fn outcome<All>(outputs: All) -> All {
        outputs
    }
}

/// How `try_join!` handles the outputs.
pub mod until_one_fails {
    use super::MaybeDone;
    use std::future::Future;
    use std::pin::Pin;

    /// Returns the result of `try_join!` if the output of this future, which is done, is an error.
    pub fn take_failed<F, T, E, All>(mut done: Pin<&mut MaybeDone<F>>) -> Option<Result<All, E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        match done.as_mut().output_mut() {
            Some(Err(_)) => done.take_output().and_then(Result::err).map(Err),
            _ => None,
        }
    }

    /// Returns the value of a future that is done.
    pub fn take_output<F, T, E>(done: Pin<&mut MaybeDone<F>>) -> T
    where
        F: Future<Output = Result<T, E>>,
    {
        let output = done.take_output().expect("all are done");
        output.ok().expect("none has failed")
    }

    /// Returns the result of `try_join!` if no future has failed.
    pub fn outcome<All, E>(outputs: All) -> Result<All, E> {
        Ok(outputs)
    }
}
