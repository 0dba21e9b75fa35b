//! What a task of a group does besides its future: it ends when the group is cancelled, and reports
//! its result to the group.

use super::GroupFailure;
use super::members::Ticket;
use crate::budget::with_unlimited_budget;
use crate::cancellation::WaitForCancellationFutureOwned;
use crate::panics::{self, Payload};
use crate::tasks::{Cause, JoinError, id};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    // Not an `async fn`, which would reserve room for the future several times.
    pub(super) struct Run<F, T, E> {
        // Before the ticket, so that the future has been dropped when the group becomes empty.
        #[pin]
        future: Option<F>,
        cancelled: WaitForCancellationFutureOwned,
        ticket: Option<Ticket<T, E>>,
    }
}

impl<F, T, E> Run<F, T, E> {
    pub(super) fn new(ticket: Ticket<T, E>, future: F) -> Self {
        Self {
            future: Some(future),
            cancelled: ticket.token().clone().cancelled_owned(),
            ticket: Some(ticket),
        }
    }
}

impl<F, T, E> Future for Run<F, T, E>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let ended = match with_unlimited_budget(|| Pin::new(this.cancelled).poll(cx)) {
            Poll::Ready(()) => None,
            Poll::Pending => {
                let future = this.future.as_mut().as_pin_mut();
                let future = future.expect("polled until it is ready");
                // After a panic, the future is not polled again.
                match panics::catch(|| future.poll(cx)) {
                    Ok(Poll::Pending) => return Poll::Pending,
                    Ok(Poll::Ready(result)) => Some(result.map_err(GroupFailure::Error)),
                    Err(payload) => Some(Err(panicked(payload))),
                }
            }
        };
        this.future.set(None);
        let ticket = this.ticket.take();
        if let (Some(ticket), Some(result)) = (ticket, ended) {
            ticket.end(result);
        }
        Poll::Ready(())
    }
}

pub(super) fn run_blocking<T, E>(ticket: Ticket<T, E>, f: impl FnOnce() -> Result<T, E>) {
    if ticket.token().is_cancelled() {
        return;
    }
    let result = match panics::catch(f) {
        Ok(result) => result.map_err(GroupFailure::Error),
        Err(payload) => Err(panicked(payload)),
    };
    ticket.end(result);
}

fn panicked<E>(payload: Payload) -> GroupFailure<E> {
    GroupFailure::Panic(JoinError::new(id(), Cause::Panic(payload)))
}
