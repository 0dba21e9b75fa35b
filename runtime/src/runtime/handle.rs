//! `Handle`: access to a runtime from any thread. Its other methods are in the modules that
//! implement them: `spawn`, `context`, `block_on`, `metrics`, `dump`.

use crate::cancellation::CancellationToken;
use crate::scheduler::Shared;
use crate::watchdog::{Stall, Stalls};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Identifies a runtime among those that exist. When a runtime and all its handles, tasks and
/// sockets have been dropped, another runtime may get its id.
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
    /// Returns the number that `Display` shows.
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
/// It does not keep the runtime running: after the [`Runtime`](crate::Runtime) is dropped, spawned
/// tasks are cancelled at once.
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
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) fn stall_log(&self) -> &Stalls {
        let log = self.shared.stall_log.downcast_ref();
        log.expect("a runtime's log of stalls is a `Stalls`")
    }

    #[inline]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Returns an id that distinguishes this runtime from the others that exist.
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

    /// Returns the runtime's name, if [`Builder::name`](crate::Builder::name) gave it one.
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

    /// Returns the last 64 stalls that are over, followed by those that are in progress, the oldest
    /// first.
    ///
    /// The watchdog finds stalls, so there are none if it is disabled
    /// ([`Builder::stall_threshold`](crate::Builder::stall_threshold)), and a stall that is not
    /// much longer than the threshold may go unnoticed. A task that announces that it blocks, by
    /// [`block_in_place`](crate::task::block_in_place), `block_on` and the like, is not a stall.
    ///
    /// With the feature `tracing` stalls are also reported as warnings with the fields
    /// `runtime.name`, `task.id`, `task.name`, `task.location`, `worker`, `duration` and
    /// `is_ongoing`: when they are over, and once after 100 ms if they are still in progress. After
    /// 10 in a second, the rest of that second's are only counted, in the field `suppressed` of the
    /// next.
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
        self.stall_log().list(&self.shared)
    }

    /// Returns whether the runtime's tasks run on the thread that is in `block_on`; see
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

    /// Returns whether the runtime has shut down or has begun to.
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

    /// Returns the value that the runtime was built with, or `None` if it has none of this type;
    /// see [`Builder::extension`](crate::Builder::extension).
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

    /// Returns a token that is cancelled when the runtime begins to shut down: by
    /// [`shutdown_graceful`](crate::Runtime::shutdown_graceful), which then waits for the tasks, or
    /// in any other way, which does not.
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
