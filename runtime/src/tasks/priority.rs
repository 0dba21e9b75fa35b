//! What of all that is ready goes first, as whoever spawns a task knows better.
//!
//! A value: set when the task is spawned, and never changed. The scheduler says what it means.

/// How soon a task is run once it is ready: [`Builder::priority`](crate::task::Builder::priority).
///
/// It orders tasks, and interrupts none: whatever is ready waits for the end of the polls under
/// way. Without one a task is [`Normal`](Self::Normal), and need not be anything else: what waited
/// for a timer or for a socket goes before what is merely ready anyway.
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
    /// Goes before what is merely ready, as if an event had woken it, whoever wakes it. Of four
    /// polls three are such at most, so that a task of this priority that never waits slows the
    /// others down and does not stop them.
    High,
    /// In order, with the rest.
    #[default]
    Normal,
    /// Goes when a worker has nothing else to do. While it has, tasks of this priority together get
    /// a twentieth of the time of each worker that has no other, so that none of them waits for
    /// ever. A timer or a socket that it waited for does not make it go sooner.
    Background,
}
