//! `JoinHandle` and `AbortHandle`: awaiting and aborting a task.

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

/// A handle that can await and abort a spawned task.
///
/// As a future it returns the task's output, or a [`JoinError`] if the task panicked or was
/// cancelled. Dropping the handle **detaches** the task, which continues to run.
///
/// # Cancellation safety
///
/// Awaiting `&mut handle` in a `select` loses nothing: the output stays in the task until a poll
/// returns it.
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
    /// `drop` gives up this reference.
    task: ManuallyDrop<TaskRef>,
    _output: PhantomData<T>,
}

// SAFETY: the handle can move its output to any thread, which requires `T: Send`; everything else
// is synchronised by the state word.
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

    /// Aborts the task: its future is dropped instead of being polled again, at the latest when its
    /// current poll returns.
    ///
    /// Awaiting the handle afterwards returns a cancelled [`JoinError`], unless the task had
    /// already completed. A closure given to [`spawn_blocking`](crate::spawn_blocking) is aborted
    /// only if it has not started.
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

    /// Returns a handle that can abort the task but not await it.
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

    /// Returns whether the task has ended, by return, panic or cancellation.
    ///
    /// After [`abort`](Self::abort) this may be `false` for a moment, until a worker has dropped
    /// the future.
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

    /// Returns the task's id.
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

    /// Registers the current waker to be woken on completion. Returns `true` if the task is already
    /// complete.
    pub(crate) fn poll_complete(&self, cx: &Context<'_>) -> bool {
        let header = self.task.header();
        let now = header.state.load();
        if now.is_complete() {
            return true;
        }
        if now.has_join_waker() {
            // While the bit is set, this thread and the completing one only read the slot.
            let same = header.join_waker.with(|slot| {
                // SAFETY: neither thread writes the slot now.
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
        // SAFETY: JOIN_WAKER is clear, so only the handle accesses the slot.
        header
            .join_waker
            .with_mut(|slot| unsafe { *slot = Some(waker) });
        if header.state.set_join_waker() {
            return false;
        }
        // SAFETY: the task completed before the bit was set, so the slot is still ours.
        header.join_waker.with_mut(|slot| unsafe { *slot = None });
        true
    }
}

impl<T> JoinHandle<T> {
    /// Takes the output, if the task is complete. Must not be called again after it returned the
    /// output.
    pub(crate) fn take_complete(&mut self) -> Option<Result<T, JoinError>> {
        if !self.is_finished() {
            return None;
        }
        let mut output = Poll::Pending;
        // SAFETY: the task is complete and JOIN_INTEREST is set, so the output belongs to the
        // handle. It is of type `T`, by how the handle was made.
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
            None => unreachable!("a complete task stays complete"),
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
        // SAFETY: JOIN_INTEREST was still set, so the handle owns what the outcome names: it drops
        // the output of a complete task, clears the waker slot, or frees the cell. `drop` is called
        // once, and the field is not dropped after it, so the reference is given up once.
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

/// A handle that can only abort a task. It keeps the task's memory allocated, but not its future
/// alive.
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
    /// Aborts the task; see [`JoinHandle::abort`].
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

    /// Returns whether the task has ended; see [`JoinHandle::is_finished`].
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

    /// Returns the task's id.
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
