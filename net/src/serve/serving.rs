//! `Serving`: the running server, a future of one task.
//!
//! It goes through three phases: accepting, draining, and waiting for the tasks it has cancelled.
//! The connections' tasks wake it only when it waits for one of them to end.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use heist_runtime::panics;
use heist_runtime::task::coop::has_budget_remaining;
use heist_runtime::time::{Sleep, sleep};

use crate::platform::BACKLOG;
use crate::serve::accept_error::{ErrorClass, classify};
use crate::serve::builder::Settings;
use crate::serve::connections::Connections;
use crate::serve::{Cause, Failure, Listener, Outcome, Report, Serve, ServeError};

/// The pauses while nothing can be accepted, from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The number of transient errors in a row, without a connection between them, that is taken for a
/// lasting failure. As each may still concern one connection, as in a port scan, this many are
/// accepted again after each pause, and the pauses stay short: at least some hundred errors a
/// second.
const MOST_TRANSIENT: u32 = 16;
const LONGEST_TRANSIENT_PAUSE: Duration = Duration::from_millis(50);

/// The most waiting connections that a server takes once it is asked to stop: as many as fill its
/// backlog, so that it ends in any flood.
const LAST_CONNECTIONS: u32 = BACKLOG;

/// A server at its limit runs out of descriptors again and again.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// How long the server waits for cancelled tasks. They stop at their next `await`; one that takes
/// longer blocks its thread, and may do so for ever.
const CANCELLING: Duration = Duration::from_secs(1);

/// A running server, from awaiting a [`Serve`]. Dropping it cancels its connections.
///
/// # Examples
///
/// ```
/// use heist::net::{TcpListener, serve};
/// use heist::time::timeout;
/// use std::time::Duration;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let mut serving = serve(listener, |_, _| async {}).into_future();
///
/// // By reference it can be left and resumed. Without an `until` it never ends.
/// for _ in 0..2 {
///     assert!(timeout(Duration::from_millis(1), &mut serving).await.is_err());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Serving<L: Listener, H, U> {
    phase: Phase<L>,
    handler: H,
    until: Pin<Box<U>>,
    /// Once it was asked to stop: how many waiting connections it may still accept.
    last: Option<u32>,
    settings: Settings<L::Addr>,
    connections: Arc<Connections>,
    /// When a failure to accept was last reported.
    reported: Option<Instant>,
    /// Why it ends, unless it was asked to.
    error: Option<io::Error>,
}

enum Phase<L> {
    Accepting {
        listener: L,
        /// Set while nothing can be accepted.
        pause: Option<Pause>,
        /// Transient errors since the last connection.
        transient: u32,
    },
    Draining {
        deadline: Option<Pin<Box<Sleep>>>,
    },
    Cancelling {
        deadline: Pin<Box<Sleep>>,
    },
}

/// A wait for descriptors or memory, since the last accepted connection.
struct Pause {
    sleep: Pin<Box<Sleep>>,
    length: Duration,
    /// Whether it is over, and the next attempt in progress.
    over: bool,
    /// How many connections were open when it began.
    open: usize,
}

/// Only boxed values are pinned.
impl<L: Listener, H, U> Unpin for Serving<L, H, U> {}

impl<L: Listener, H, U: Future> Serving<L, H, U> {
    pub(super) fn new(serve: Serve<L, H, U>) -> Self {
        Self {
            phase: Phase::Accepting {
                listener: serve.listener,
                pause: None,
                transient: 0,
            },
            handler: serve.handler,
            until: Box::pin(serve.until),
            last: None,
            settings: serve.settings,
            connections: serve.connections,
            reported: None,
            error: None,
        }
    }
}

impl<L, H, F, U> Future for Serving<L, H, U>
where
    L: Listener<Addr: Send + 'static>,
    H: FnMut(L::Stream, L::Addr) -> F,
    F: Future<Output: Outcome> + Send + 'static,
    U: Future,
{
    type Output = Result<Report, ServeError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match &mut this.phase {
                Phase::Accepting { .. } => {
                    ready!(this.poll_accepting(cx));
                    // This closes the listener.
                    this.settings.draining.cancel();
                    let deadline = this.settings.drain.map(|drain| Box::pin(sleep(drain)));
                    this.phase = Phase::Draining { deadline };
                }
                Phase::Draining { deadline } => {
                    if this.connections.poll_at_most(0, cx) {
                        return Poll::Ready(this.end(this.connections.report()));
                    }
                    let stop = this.settings.drain_until.as_mut();
                    let is_stopped = stop.is_some_and(|stop| stop.as_mut().poll(cx).is_ready());
                    let deadline = deadline.as_mut();
                    let is_late = deadline.is_some_and(|at| at.as_mut().poll(cx).is_ready());
                    if !is_stopped && !is_late {
                        return Poll::Pending;
                    }
                    this.connections.cancel();
                    this.phase = Phase::Cancelling {
                        deadline: Box::pin(sleep(CANCELLING)),
                    };
                }
                Phase::Cancelling { deadline } => {
                    if !this.connections.poll_at_most(0, cx) {
                        ready!(deadline.as_mut().poll(cx));
                    }
                    return Poll::Ready(this.end(this.connections.abandon()));
                }
            }
        }
    }
}

impl<L, H, F, U> Serving<L, H, U>
where
    L: Listener<Addr: Send + 'static>,
    H: FnMut(L::Stream, L::Addr) -> F,
    F: Future<Output: Outcome> + Send + 'static,
    U: Future,
{
    /// Ready when no more connections are to be accepted: once the server was asked to stop, and no
    /// client that connected before is waiting.
    fn poll_accepting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.last.is_none() && self.until.as_mut().poll(cx).is_ready() {
            self.last = Some(LAST_CONNECTIONS);
        }
        // The listener spends the task's budget, so this returns now and then in any flood.
        loop {
            let room = self.settings.max_connections - 1;
            if self.last == Some(0) || !self.connections.poll_at_most(room, cx) {
                return self.poll_stopped();
            }
            let Phase::Accepting {
                listener,
                pause,
                transient,
            } = &mut self.phase
            else {
                unreachable!("only called while accepting");
            };
            if let Some(pause) = pause {
                let is_over = pause.poll(&self.connections, cx).is_ready();
                if !is_over {
                    return self.poll_stopped();
                }
            }
            match listener.poll_accept(cx) {
                // Without budget a listener is pending, whether or not a connection is waiting.
                Poll::Pending if !has_budget_remaining() => return Poll::Pending,
                Poll::Pending => return self.poll_stopped(),
                Poll::Ready(Ok((stream, peer))) => {
                    *pause = None;
                    *transient = 0;
                    self.last = self.last.map(|left| left - 1);
                    self.admit(stream, peer);
                }
                Poll::Ready(Err(error)) => {
                    if let Err(fatal) = self.handle_accept_error(error) {
                        self.error = Some(fatal);
                        return Poll::Ready(());
                    }
                }
            }
        }
    }

    /// Ready if the server was asked to stop.
    fn poll_stopped(&self) -> Poll<()> {
        match self.last {
            Some(_) => Poll::Ready(()),
            None => Poll::Pending,
        }
    }

    /// Spawns the task of a connection.
    fn admit(&mut self, stream: L::Stream, peer: L::Addr) {
        let ticket = self.connections.enter();
        let key = ticket.key;
        let on_failure = self.settings.on_failure.clone();
        // A panic is reported, and the handler is used again for the next connection, just as a
        // thread's panic leaves other threads alone.
        match panics::catch(|| (self.handler)(stream, peer.clone())) {
            Ok(future) => {
                let report = move |cause| on_failure(Failure { peer, cause });
                let task = heist_runtime::spawn(ticket.run(future, report));
                self.connections.set_task(key, task.abort_handle());
            }
            Err(panic) => {
                let cause = Cause::of_panic(&*panic);
                let report = |cause| _ = panics::contain(|| on_failure(Failure { peer, cause }));
                ticket.fail(cause, report);
            }
        }
    }

    /// Handles an error of `accept`: returns it if accepting again is of no use.
    fn handle_accept_error(&mut self, error: io::Error) -> io::Result<()> {
        let Phase::Accepting {
            pause, transient, ..
        } = &mut self.phase
        else {
            unreachable!("only called while accepting");
        };
        let longest = match classify(&error) {
            ErrorClass::Fatal => return Err(error),
            ErrorClass::Transient => {
                *transient = transient.wrapping_add(1);
                (*transient % MOST_TRANSIENT == 0).then_some(LONGEST_TRANSIENT_PAUSE)
            }
            ErrorClass::Exhausted => Some(LONGEST_PAUSE),
        };
        self.connections.accept_failed();
        if let Some(longest) = longest {
            let length = pause_after(pause.as_ref().map(|pause| pause.length), longest);
            *pause = Some(Pause {
                sleep: Box::pin(sleep(length)),
                length,
                over: false,
                open: self.connections.active(),
            });
            if self.reported.is_none_or(|at| at.elapsed() > REPORT_EVERY) {
                self.reported = Some(Instant::now());
                panics::contain(|| (self.settings.on_accept_error)(&error));
            }
        }
        Ok(())
    }
}

/// Returns the length of the next pause, after one of length `last`.
fn pause_after(last: Option<Duration>, longest: Duration) -> Duration {
    last.map_or(FIRST_PAUSE, |last| (last * 2).min(longest))
}

impl<L: Listener, H, U> Serving<L, H, U> {
    fn end(&mut self, report: Report) -> Result<Report, ServeError> {
        match self.error.take() {
            None => Ok(report),
            Some(source) => Err(ServeError { report, source }),
        }
    }
}

impl Pause {
    /// Ready when it is time for another attempt: after the pause, or when a connection has ended,
    /// which may have freed the missing resource.
    fn poll(&mut self, connections: &Connections, cx: &mut Context<'_>) -> Poll<()> {
        if !self.over {
            let ended = self.open > 0 && connections.poll_at_most(self.open - 1, cx);
            if !ended {
                ready!(self.sleep.as_mut().poll(cx));
            }
            self.over = true;
        }
        Poll::Ready(())
    }
}

impl<L: Listener, H, U> Drop for Serving<L, H, U> {
    fn drop(&mut self) {
        self.connections.cancel();
    }
}

impl<L: Listener, H, U> fmt::Debug for Serving<L, H, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving")
            .field("active", &self.connections.active())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::{pending, poll_fn};
    use std::pin::pin;

    use heist_runtime::Runtime;

    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut pause = None;
        let lengths = [5, 10, 20, 40, 80, 160, 320, 640, 1_000, 1_000];
        for length in lengths.map(Duration::from_millis) {
            pause = Some(pause_after(pause, LONGEST_PAUSE));
            assert_eq!(pause, Some(length));
        }
        // The longest pause for transient errors is shorter.
        let pause = pause_after(pause, LONGEST_TRANSIENT_PAUSE);
        assert_eq!(pause, LONGEST_TRANSIENT_PAUSE);
    }

    /// Each attempt finds a connection (`true`), or no descriptor for it. At the end no client
    /// comes.
    struct Script(VecDeque<bool>);

    impl Listener for Script {
        type Stream = ();
        type Addr = ();

        fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<((), ())>> {
            match self.0.pop_front() {
                None => Poll::Pending,
                Some(true) => Poll::Ready(Ok(((), ()))),
                Some(false) => Poll::Ready(Err(rustix::io::Errno::MFILE.into())),
            }
        }
    }

    #[test]
    fn after_a_connection_the_first_pause_is_the_shortest_again() {
        let script = Script([false, false, false, true, false].into());
        let server = crate::serve(script, |(), ()| async {}).on_accept_error(|_| {});
        let mut serving = pin!(server.until(pending::<()>()).into_future());
        Runtime::new().unwrap().block_on(poll_fn(|cx| {
            assert!(serving.as_mut().poll(cx).is_pending());
            let Phase::Accepting {
                listener, pause, ..
            } = &serving.phase
            else {
                unreachable!("it was not asked to stop");
            };
            if !listener.0.is_empty() {
                return Poll::Pending;
            }
            let pause = pause.as_ref().expect("the last attempt failed");
            assert_eq!(pause.length, FIRST_PAUSE);
            Poll::Ready(())
        }));
    }
}
