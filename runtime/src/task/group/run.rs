//! What a task of a group does beside its future: it ends when the group is cancelled, and tells the
//! group how it ended.

use super::GroupFailure;
use super::members::Ticket;
use crate::panics::{self, Payload};
use crate::task::error::Cause;
use crate::task::{JoinError, id};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

pub(super) async fn run<F, T, E>(ticket: Ticket<T, E>, future: F)
where
    F: Future<Output = Result<T, E>>,
{
    // The future is gone before the ticket: whoever sees the group empty sees what it left behind.
    let ended = until_cancelled(&ticket, future).await;
    if let Some(result) = ended {
        ticket.end(result);
    }
}

/// `None`: cancelled.
async fn until_cancelled<F, T, E>(
    ticket: &Ticket<T, E>,
    future: F,
) -> Option<Result<T, GroupFailure<E>>>
where
    F: Future<Output = Result<T, E>>,
{
    let mut future = pin!(future);
    let guarded = poll_fn(|cx| {
        // The future is not polled again after a panic.
        match panics::catch(|| future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(result)) => Poll::Ready(result.map_err(GroupFailure::Error)),
            Err(payload) => Poll::Ready(Err(panicked(payload))),
        }
    });
    ticket.token().run_until_cancelled(guarded).await
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
