//! A tokio runtime beside heist's, for libraries that need one.
//!
//! tokio's sockets, timers and tasks need tokio's runtime and panic without it. This crate provides
//! one: it is entered in heist's workers, blocking threads and `block_on`, wherever tasks run, and
//! heist is entered in its threads. Therefore the names of both work everywhere. It ends together
//! with heist's runtime.
//!
//! ```
//! use heist::net::TcpStream;
//!
//! #[heist::main(tokio)]
//! async fn main() -> std::io::Result<()> {
//!     // A library's, that knows nothing of heist:
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//!     let address = listener.local_addr()?;
//!     let accepting = tokio::spawn(async move { listener.accept().await });
//!
//!     TcpStream::connect(address).await?;
//!     accepting.await??;
//!     tokio::time::sleep(std::time::Duration::from_millis(1)).await;
//!     Ok(())
//! }
//! ```
//!
//! # Cost and limit
//!
//! A task that waits for one of tokio's sockets or timers is woken by a thread of tokio's: 2.2 to
//! 2.8 context switches per round trip, where heist's own sockets have 0.05. And **tasks spawned by
//! `tokio::spawn` are outside heist's promise**: such a task that blocks delays tokio's other
//! tasks. One that blocked for 300 ms delayed tokio's timers, and the tasks that waited for them,
//! by 290 to 530 ms with one tokio worker, and by 6 to 25 ms with two. Therefore the default is one
//! worker per core, unless [`worker_threads`](Tokio::worker_threads) sets another number; spawn on
//! heist tasks that may block.
//!
//! To put a whole program, including its libraries, under heist's promise, use the package named
//! `tokio`, which replaces tokio's runtime by heist's: see the repository's `docs/TOKIO.md`.
//!
//! # Where it is not entered
//!
//! It is not entered on your own threads, not even in
//! [`Handle::enter`](heist_runtime::runtime::Handle::enter): enter tokio's handle there yourself,
//! or use `block_on`. And the threads of your own tokio runtime ([`Tokio::from`] its handle) are
//! not in heist's runtime: use [`Handle::enter`](heist_runtime::runtime::Handle::enter) in what you
//! spawn there if it uses heist's names.

use heist_runtime::Builder;
use heist_runtime::runtime::{Companion, EnterGuard, Starting};
use std::cell::RefCell;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;
use tokio::runtime::{Handle, Runtime};

/// The tokio runtime beside heist's: one that heist starts, or yours.
///
/// # Examples
///
/// With your own runtime:
///
/// ```
/// use heist::tokio::{BuilderExt, Tokio};
/// use heist::runtime::Builder;
///
/// let tokio = tokio::runtime::Builder::new_multi_thread()
///     .worker_threads(2)
///     .enable_all()
///     .build()?;
/// let heist = Builder::new().tokio(Tokio::from(tokio.handle().clone())).build()?;
/// heist.block_on(async {
///     let task = heist::spawn(async { tokio::spawn(async { 7 }).await.unwrap() });
///     assert_eq!(task.await.unwrap(), 7);
/// });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Tokio(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Own { worker_threads: Option<usize> },
    Given(Handle),
}

impl Tokio {
    /// Creates one that heist starts, with everything enabled and one worker per core. It ends
    /// after heist's tasks, within the time limit of heist's shutdown.
    pub fn new() -> Self {
        Self(Kind::Own {
            worker_threads: None,
        })
    }

    /// Sets how many threads run tokio's tasks, if heist starts the runtime: at least 1, otherwise
    /// the build fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Builder;
    /// use heist::tokio::{BuilderExt, Tokio};
    ///
    /// let runtime = Builder::new().tokio(Tokio::new().worker_threads(3)).build()?;
    /// let workers = runtime.block_on(async {
    ///     tokio::runtime::Handle::current().metrics().num_workers()
    /// });
    /// assert_eq!(workers, 3);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn worker_threads(self, workers: usize) -> Self {
        match self.0 {
            Kind::Own { .. } => Self(Kind::Own {
                worker_threads: Some(workers),
            }),
            Kind::Given(_) => self,
        }
    }

    fn start(&self, starting: Starting) -> io::Result<Beside> {
        let worker_threads = match &self.0 {
            Kind::Given(handle) => return Ok(Beside::new(handle.clone(), None)),
            Kind::Own { worker_threads } => *worker_threads,
        };
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        match worker_threads {
            Some(0) => {
                let message = "worker_threads of tokio must be at least 1, but is 0";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
            Some(workers) => {
                builder.worker_threads(workers);
            }
            None => {}
        }
        builder
            .enable_all()
            .thread_name("heist-tokio")
            .on_thread_start(move || {
                // This waits until heist's runtime exists: its threads, in turn, need this runtime
                // first.
                let entered = starting.wait().map(|heist| heist.enter_owned());
                ENTERED.set(entered);
            })
            .on_thread_stop(|| ENTERED.set(None));
        let runtime = builder.build()?;
        Ok(Beside::new(runtime.handle().clone(), Some(runtime)))
    }
}

thread_local! {
    /// The guard for heist's runtime, if this thread is tokio's.
    static ENTERED: RefCell<Option<EnterGuard<'static>>> = const { RefCell::new(None) };
}

impl Default for Tokio {
    fn default() -> Self {
        Self::new()
    }
}

/// Uses your runtime, which keeps running when heist's runtime ends.
impl From<Handle> for Tokio {
    fn from(handle: Handle) -> Self {
        Self(Kind::Given(handle))
    }
}

/// Adds [`tokio`](BuilderExt::tokio) to heist's builder.
pub trait BuilderExt: sealed::Sealed {
    /// Starts a tokio runtime beside each runtime that is built.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Builder;
    /// use heist::tokio::{BuilderExt, Tokio};
    /// use std::time::Duration;
    ///
    /// let runtime = Builder::new().worker_threads(2).tokio(Tokio::new()).build()?;
    /// runtime.block_on(async {
    ///     heist::spawn(tokio::time::sleep(Duration::from_millis(1))).await.unwrap();
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    fn tokio(&mut self, tokio: Tokio) -> &mut Self;
}

impl BuilderExt for Builder {
    fn tokio(&mut self, tokio: Tokio) -> &mut Self {
        self.companion(move |starting| Ok(Arc::new(tokio.start(starting)?)))
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for heist_runtime::Builder {}
}

/// The runtime that heist enters.
struct Beside {
    handle: Handle,
    /// Set if the runtime ends with heist's.
    runtime: Arc<Mutex<Option<Runtime>>>,
}

impl Beside {
    fn new(handle: Handle, runtime: Option<Runtime>) -> Self {
        Self {
            handle,
            runtime: Arc::new(Mutex::new(runtime)),
        }
    }
}

impl Companion for Beside {
    fn within(&self, body: &mut dyn FnMut()) {
        let _entered = self.handle.enter();
        body();
    }

    fn end(&self, deadline: Option<Instant>) {
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            if let Some(runtime) = take(&self.runtime) {
                runtime.shutdown_background();
            }
            return;
        }
        // On a thread of its own: tokio does not allow this where its tasks run.
        let runtime = self.runtime.clone();
        let ending = thread::Builder::new()
            .name("heist-tokio-end".into())
            .spawn(move || match (take(&runtime), deadline) {
                (Some(runtime), Some(deadline)) => {
                    runtime.shutdown_timeout(deadline.saturating_duration_since(Instant::now()));
                }
                (runtime, _) => drop(runtime),
            });
        match ending {
            Ok(ending) => {
                // If it has panicked, the panic hook has reported it.
                let _ = ending.join();
            }
            // Without a thread, its end cannot be waited for.
            Err(_) => {
                if let Some(runtime) = take(&self.runtime) {
                    runtime.shutdown_background();
                }
            }
        }
    }
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside").finish_non_exhaustive()
    }
}

fn take(runtime: &Mutex<Option<Runtime>>) -> Option<Runtime> {
    runtime
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
}
