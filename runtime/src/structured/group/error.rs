//! The errors of a group whose tasks failed.

use crate::tasks::JoinError;
use std::error::Error;
use std::fmt;

/// Why a [`TaskGroup`](crate::task::TaskGroup) has no outputs: the failures of its tasks, in the
/// order in which they occurred.
///
/// # Examples
///
/// ```
/// use heist::task::TaskGroup;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let group = TaskGroup::<(), &str>::new();
/// group.spawn(async { Err("no such page") });
/// let error = group.join().await.unwrap_err();
/// assert_eq!(error.to_string(), "no such page");
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct GroupError<E> {
    pub(super) failures: Vec<GroupFailure<E>>,
    pub(super) cancelled: usize,
}

/// One failure in a [`TaskGroup`](crate::task::TaskGroup).
///
/// # Examples
///
/// ```
/// use heist::task::{GroupFailure, TaskGroup};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let group = TaskGroup::<(), &str>::new();
/// group.spawn(async { Err("no such page") });
/// let error = group.join().await.unwrap_err();
/// assert!(matches!(error.first(), Some(GroupFailure::Error("no such page"))));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum GroupFailure<E> {
    /// A task returned this error.
    Error(E),
    /// A task panicked. The error has the task's id and the panic.
    Panic(JoinError),
    /// The group's deadline passed.
    Deadline,
}

impl<E> GroupError<E> {
    /// Returns the failure that cancelled the group, or `None` if it was cancelled from outside.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::TaskGroup;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = TaskGroup::<(), &str>::new();
    /// group.spawn(async { Err("no such page") });
    /// let error = group.join().await.unwrap_err();
    /// assert_eq!(error.first().unwrap().to_string(), "no such page");
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn first(&self) -> Option<&GroupFailure<E>> {
        self.failures.first()
    }

    /// Returns all failures, in the order in which they occurred.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::TaskGroup;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = TaskGroup::<(), &str>::new();
    /// group.spawn(async { Err("no such page") });
    /// let error = group.join().await.unwrap_err();
    /// assert_eq!(error.failures().len(), 1);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn failures(&self) -> &[GroupFailure<E>] {
        &self.failures
    }

    /// Returns all failures, in the order in which they occurred.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{GroupFailure, TaskGroup};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = TaskGroup::<(), &str>::new();
    /// group.spawn(async { Err("no such page") });
    /// let error = group.join().await.unwrap_err();
    /// let [GroupFailure::Error(error)] = error.into_failures()[..] else { unreachable!() };
    /// assert_eq!(error, "no such page");
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn into_failures(self) -> Vec<GroupFailure<E>> {
        self.failures
    }

    /// Returns the number of tasks that were cancelled before they had an output.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::TaskGroup;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = TaskGroup::<(), &str>::new();
    /// group.spawn(async { Err("no such page") });
    /// let error = group.join().await.unwrap_err();
    /// assert_eq!(error.cancelled(), 0);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn cancelled(&self) -> usize {
        self.cancelled
    }
}

impl<E: fmt::Display> fmt::Display for GroupFailure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Panic(error) => error.fmt(f),
            Self::Deadline => f.write_str("the deadline passed"),
        }
    }
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = self.failures.len().saturating_sub(1);
        let tasks = |n| if n == 1 { "task was" } else { "tasks were" };
        match self.first() {
            Some(first) => write!(f, "{first}")?,
            None => f.write_str("the group was cancelled")?,
        }
        match (more, self.cancelled) {
            (0, 0) => Ok(()),
            (0, n) => write!(f, " ({n} other {} cancelled)", tasks(n)),
            (more, 0) => write!(f, " ({more} more failed)"),
            (more, n) => write!(f, " ({more} more failed, {n} {} cancelled)", tasks(n)),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for GroupError<E> {}
