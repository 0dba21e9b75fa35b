//! `Handle`: a runtime as seen from any thread. What else it can do stands beside what does it:
//! `spawn`, `context`, `block_on`, `metrics`, `dump`.

use crate::cancellation::CancellationToken;
use crate::scheduler::Shared;
use crate::watchdog::{Stall, Stalls};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Identifies a runtime among those that exist. When a runtime and all its handles, tasks and
/// sockets are gone, another one may get its id.
///
/// # Examples
///
/// ```
/// use heist::runtime::Handle;
/// use std::collections::HashMap;
///
/// let (web, jobs) = (heist::runtime::Runtime::new()?, heist::runtime::Runtime::new()?);
/// let names = HashMap::from([(web.handle().id(), "web"), (jobs.handle().id(), "jobs")]);
/// assert_eq!(jobs.block_on(async { names[&Handle::current().id()] }), "jobs");
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Id(usize);

impl Id {
    /// The number that it is shown as.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let id = runtime.handle().id();
    /// assert_eq!(id.to_string(), format!("{:#x}", id.as_usize()));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn as_usize(self) -> usize {
        self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A reference to a runtime. Cheap to clone, and usable from any thread.
///
/// It does not keep the runtime running: after the [`Runtime`](crate::Runtime)
/// is dropped, spawned tasks are cancelled at once.
///
/// # Examples
///
/// ```
/// let runtime = heist::runtime::Runtime::new()?;
/// let handle = runtime.handle().clone();
/// drop(runtime);
/// let late = handle.spawn(async {});
/// assert!(handle.block_on(late).unwrap_err().is_cancelled());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
    stalls: Arc<Stalls>,
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>, stalls: Arc<Stalls>) -> Self {
        Self { shared, stalls }
    }

    pub(crate) fn stall_log(&self) -> &Stalls {
        &self.stalls
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Tells this runtime from the others that exist.
    ///
    /// # Examples
    ///
    /// ```
    /// let one = heist::runtime::Runtime::new()?;
    /// let other = heist::runtime::Runtime::new()?;
    /// assert_eq!(one.handle().id(), one.handle().clone().id());
    /// assert_ne!(one.handle().id(), other.handle().id());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn id(&self) -> Id {
        Id(Arc::as_ptr(&self.shared).addr())
    }

    /// The runtime's name, if it was given one by [`Builder::name`](crate::Builder::name).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().name("web").build()?;
    /// let name = |handle: &heist::runtime::Handle| handle.name().map(str::to_owned);
    /// assert_eq!(name(runtime.handle()).as_deref(), Some("web"));
    /// assert_eq!(name(heist::runtime::Runtime::new()?.handle()), None);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn name(&self) -> Option<&str> {
        self.shared.name.as_deref()
    }

    /// The stalls that go on, and before them the last 64 that are over: the oldest first.
    ///
    /// The watchdog finds them, so there are none where it does not look
    /// ([`Builder::stall_threshold`](crate::Builder::stall_threshold)), and one that is not much
    /// longer than the threshold may go unnoticed. A task that says that it blocks, by
    /// [`block_in_place`](crate::task::block_in_place), `block_on` and the like, is no stall.
    ///
    /// With the feature `tracing` stalls are reported too, as warnings with the fields
    /// `runtime.name`, `task.id`, `task.name`, `task.location`, `worker`, `duration` and `goes_on`:
    /// when they are over, and once they have gone on for 100 ms. After 10 in a second the rest of
    /// that second's are only counted, in the field `suppressed` of the next.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{thread, time::Duration};
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = heist::task::Builder::new()
    ///     .name("sleeper")
    ///     // Not how it should be done.
    ///     .spawn_on(async { thread::sleep(Duration::from_millis(50)) }, runtime.handle())?;
    /// let id = task.id();
    /// runtime.block_on(task).unwrap();
    ///
    /// for stall in runtime.handle().stalls() {
    ///     // task 1 ("sleeper", spawned at src/main.rs:7:6) kept worker 0 for 50ms
    ///     println!("{stall}");
    ///     assert_eq!(stall.task_id(), id);
    ///     assert_eq!(stall.name(), Some("sleeper"));
    /// }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn stalls(&self) -> Vec<Stall> {
        self.stalls.list(&self.shared)
    }

    /// Whether the runtime's tasks run on the thread that is in `block_on`; see
    /// [`Builder::build_current_thread`](crate::Builder::build_current_thread).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().build_current_thread()?;
    /// assert!(runtime.handle().is_current_thread());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn is_current_thread(&self) -> bool {
        self.shared.flavor.is_current_thread()
    }

    /// Whether the runtime has ended, or is about to.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let handle = runtime.handle().clone();
    /// assert!(!handle.is_shut_down());
    /// drop(runtime);
    /// assert!(handle.is_shut_down());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn is_shut_down(&self) -> bool {
        self.shared.is_shut_down()
    }

    /// The value that the runtime was built with; see
    /// [`Builder::extension`](crate::Builder::extension). `None`: it has none of this type.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().extension(7_u32).build()?;
    /// assert_eq!(runtime.handle().extension(), Some(&7_u32));
    /// assert_eq!(runtime.handle().extension::<String>(), None);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn extension<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.shared.extension.as_ref()?.downcast_ref()
    }

    /// A token that is cancelled when the runtime begins to end: by
    /// [`shutdown_graceful`](crate::Runtime::shutdown_graceful), which then waits for the tasks, or
    /// by any other way, which does not.
    ///
    /// # Examples
    ///
    /// See [`shutdown_graceful`](crate::Runtime::shutdown_graceful).
    pub fn shutdown_token(&self) -> &CancellationToken {
        self.shared.draining.token()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("workers", &self.shared.worker_count())
            .field("live_tasks", &self.shared.live_tasks())
            .finish_non_exhaustive()
    }
}
