//! `JoinHandle` and `AbortHandle`: waiting for a task and ending it.

use super::error::JoinError;
use super::id::Id;
use super::reference::{TaskRef, drop_ref};
use super::state::JoinDropped;
use crate::budget;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The right to await a spawned task, and to abort it.
///
/// As a future it gives the task's output, or a [`JoinError`] if the task
/// panicked or was cancelled. Dropping the handle **detaches** the task, which
/// goes on running.
///
/// # Cancellation safety
///
/// Awaiting `&mut handle` in a `select` loses nothing: the output stays in the
/// task until a poll returns it.
///
/// # Examples
///
/// ```
/// let runtime = heist::runtime::Runtime::new()?;
/// let answer = runtime.block_on(async {
///     let task = heist::spawn(async { 6 * 7 });
///     task.await.expect("the task neither panicked nor was aborted")
/// });
/// assert_eq!(answer, 42);
/// # std::io::Result::Ok(())
/// ```
pub struct JoinHandle<T> {
    /// Its reference is given up by `drop`.
    task: ManuallyDrop<TaskRef>,
    _output: PhantomData<T>,
}

// SAFETY: the handle gives its output away, from whichever thread, so `T: Send`
// is all it takes; everything else is synchronised by the state word.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: no method gives out `&T`.
unsafe impl<T: Send> Sync for JoinHandle<T> {}
impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    pub(super) fn new(task: TaskRef) -> Self {
        Self {
            task: ManuallyDrop::new(task),
            _output: PhantomData,
        }
    }

    /// Ends the task: its future is dropped instead of polled again, at the
    /// latest when its current poll returns.
    ///
    /// Awaiting the handle afterwards gives a cancelled [`JoinError`], unless the
    /// task was complete already. A closure given to
    /// [`spawn_blocking`](crate::spawn_blocking) is ended only if it has not
    /// started.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let task = heist::spawn(std::future::pending::<()>());
    /// task.abort();
    /// assert!(task.await.unwrap_err().is_cancelled());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn abort(&self) {
        self.task.abort();
    }

    /// A handle that can abort the task but not await it.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let task = heist::spawn(std::future::pending::<()>());
    /// let abort = task.abort_handle();
    /// heist::spawn(async move { abort.abort() });
    /// assert!(task.await.unwrap_err().is_cancelled());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle {
            task: TaskRef::clone(&self.task),
        }
    }

    /// Whether the task is over, by return, panic or cancellation.
    ///
    /// After [`abort`](Self::abort) this may be `false` for a moment, until a
    /// worker has dropped the future.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut task = heist::spawn(async {});
    /// (&mut task).await.unwrap();
    /// assert!(task.is_finished());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn is_finished(&self) -> bool {
        self.task.header().state.load().is_complete()
    }

    /// The task's id.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (one, other) = (heist::spawn(async {}), heist::spawn(async {}));
    /// assert_ne!(one.id(), other.id());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn id(&self) -> Id {
        self.task.header().meta().id()
    }

    /// Sees to it that the current waker is woken on completion. `true`: the
    /// task is complete already.
    pub(crate) fn poll_complete(&self, cx: &Context<'_>) -> bool {
        let header = self.task.header();
        let now = header.state.load();
        if now.is_complete() {
            return true;
        }
        if now.has_join_waker() {
            // While the bit is set the slot is only read, by us and the completer.
            let same = header.join_waker.with(|slot| {
                // SAFETY: as said, nobody writes it now.
                unsafe { &*slot }
                    .as_ref()
                    .is_some_and(|waker| waker.will_wake(cx.waker()))
            });
            if same {
                return false;
            }
            if !header.state.unset_join_waker() {
                return true;
            }
        }
        let waker = cx.waker().into();
        // SAFETY: JOIN_WAKER is clear, so the slot is the handle's alone.
        header
            .join_waker
            .with_mut(|slot| unsafe { *slot = Some(waker) });
        if header.state.set_join_waker() {
            return false;
        }
        // SAFETY: completed before the bit was set: the slot is still ours.
        header.join_waker.with_mut(|slot| unsafe { *slot = None });
        true
    }
}

impl<T> JoinHandle<T> {
    /// Takes the output, if the task is complete. To be called once only then.
    pub(crate) fn take_complete(&mut self) -> Option<Result<T, JoinError>> {
        if !self.is_finished() {
            return None;
        }
        let mut output = Poll::Pending;
        // SAFETY: complete and JOIN_INTEREST still ours, so the output is; it is of type `T`, by
        // how the handle was made.
        unsafe {
            (self.task.header().vtable.take_output)(
                self.task.raw(),
                (&raw mut output).cast::<()>(),
            );
        }
        match output {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let progress = ready!(budget::poll_proceed(cx));
        if !self.poll_complete(cx) {
            return Poll::Pending;
        }
        progress.made();
        match self.take_complete() {
            Some(output) => Poll::Ready(output),
            None => unreachable!("a task that is complete stays so"),
        }
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let task = self.task.raw();
        let header = self.task.header();
        let mut dropped = match header.state.load().is_complete() {
            true => JoinDropped::Complete,
            false => header.state.drop_join_interest(),
        };
        // SAFETY: the interest was still ours, so what each outcome says is: to drop the output of
        // a complete task, to clear the waker slot, to free the cell. `drop` is called once, and
        // the field is not dropped after it, so the reference is given up once.
        unsafe {
            if dropped == JoinDropped::Complete {
                (header.vtable.drop_output)(task);
                dropped = header.state.drop_joined();
            }
            match dropped {
                JoinDropped::Detached | JoinDropped::Complete => {}
                JoinDropped::Last => (header.vtable.dealloc)(task),
                JoinDropped::ClearSlot => {
                    header.join_waker.with_mut(|slot| *slot = None);
                    drop_ref(task);
                }
            }
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("id", &self.id())
            .finish()
    }
}

/// Aborts a task from afar. Keeps the task's memory, but not the task, alive.
///
/// # Examples
///
/// ```
/// use heist::task::AbortHandle;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let task = heist::spawn(std::future::pending::<()>());
/// let aborts: Vec<AbortHandle> = vec![task.abort_handle()];
/// aborts.iter().for_each(AbortHandle::abort);
/// assert!(task.await.unwrap_err().is_cancelled());
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct AbortHandle {
    task: TaskRef,
}

impl AbortHandle {
    /// As [`JoinHandle::abort`].
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let task = heist::spawn(std::future::pending::<()>());
    /// task.abort_handle().abort();
    /// assert!(task.await.unwrap_err().is_cancelled());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn abort(&self) {
        self.task.abort();
    }

    /// As [`JoinHandle::is_finished`].
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let task = heist::spawn(async {});
    /// let abort = task.abort_handle();
    /// task.await.unwrap();
    /// assert!(abort.is_finished());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn is_finished(&self) -> bool {
        self.task.header().state.load().is_complete()
    }

    /// The task's id.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let task = heist::spawn(async {});
    /// assert_eq!(task.abort_handle().id(), task.id());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn id(&self) -> Id {
        self.task.header().meta().id()
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle")
            .field("id", &self.id())
            .finish()
    }
}
