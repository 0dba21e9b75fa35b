//! `Priority`: the order of ready tasks, chosen by the code that spawns them.
//!
//! The value is set when the task is spawned and never changes. The scheduler implements its
//! meaning.

/// How soon a ready task is run; see [`Builder::priority`](crate::task::Builder::priority).
///
/// It orders tasks but does not interrupt any: a ready task always waits for the end of the polls
/// in progress. The default is [`Normal`](Self::Normal), which is right for most tasks: those woken
/// by a timer or a socket already run before those that are merely ready.
///
/// # Examples
///
/// ```
/// use heist::task::{Builder, Priority, yield_now};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// // Takes what others leave of the workers, and a twentieth of them if they leave nothing.
/// let index = Builder::new().priority(Priority::Background).spawn(async {
///     let mut entries = 0;
///     for _ in 0..100 {
///         entries += 1;
///         yield_now().await;
///     }
///     entries
/// })?;
/// // Answers before whatever else is ready.
/// let heartbeat = Builder::new().priority(Priority::High).spawn(async { "alive" })?;
/// assert_eq!(heartbeat.await?, "alive");
/// assert_eq!(index.await?, 100);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// Runs before tasks that are merely ready, as if an event had woken it, no matter what wakes
    /// it. At most three of four polls are of such tasks, so that a task of this priority that
    /// never waits slows the others down but does not stop them.
    High,
    /// Runs in order, with the rest.
    #[default]
    Normal,
    /// Runs when a worker has nothing else to do. While workers have other tasks, the tasks of this
    /// priority together get a twentieth of the time of each, so that none of them waits forever.
    /// They do not run sooner when a timer or a socket wakes them.
    Background,
}
