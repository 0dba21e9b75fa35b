//! `Serve`: the settings of a server, until it is awaited.

use std::fmt;
use std::future::{Future, IntoFuture, Pending, pending};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use heist_runtime::task::CancellationToken;

use crate::serve::connections::Connections;
use crate::serve::default_report;
use crate::serve::{Failure, Listener, Outcome, Report, ServeError, Serving, Stats};

/// Accepts connections from `listener` and serves each by `handler`, in a task of its own.
///
/// Set up the returned value and await it: it ends when the future given to [`until`](Serve::until)
/// is ready, or never without one. If dropped before, it closes the listener and cancels its
/// connections.
///
/// The handler is called with the connection and its peer's address, between two accepts, and
/// returns the future that is spawned. That future returns `()` or a `Result`. A connection that
/// fails or panics is counted and reported, and does not affect the others.
///
/// # Errors
///
/// The future returns a [`ServeError`] once nothing can be accepted any more, after it has drained
/// its connections. It survives connections that are aborted before they are accepted, a network
/// that is down, and a lack of descriptors or memory: it retries after pauses while a failure
/// lasts, and [reports](Serve::on_accept_error) it.
///
/// # Panics
///
/// The future panics when it is polled outside a runtime.
///
/// # Cancellation safety
///
/// Dropping the future cancels the connections.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::{TcpListener, TcpStream, serve};
/// use std::time::Duration;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let address = listener.local_addr()?;
///
/// // A client with one request. A real server may end by `heist::signal::ctrl_c()`.
/// let client = heist::spawn(async move {
///     let mut stream = TcpStream::connect(address).await?;
///     let mut greeting = String::new();
///     stream.read_to_string(&mut greeting).await?;
///     std::io::Result::Ok(greeting)
/// });
///
/// let report = serve(listener, |mut stream, peer| async move {
///     stream.write_all(format!("hello {peer}\n").as_bytes()).await
/// })
/// .max_connections(1000)
/// .until(client)
/// .drain(Duration::from_secs(10))
/// .await?;
///
/// assert_eq!((report.accepted, report.completed), (1, 1));
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
pub fn serve<L, H, F>(listener: L, handler: H) -> Serve<L, H>
where
    L: Listener,
    H: FnMut(L::Stream, L::Addr) -> F,
    F: Future<Output: Outcome> + Send + 'static,
{
    Serve::new(listener, handler, CancellationToken::new())
}

/// A server that is being set up, from [`serve`]. Await it to run it.
///
/// # Examples
///
/// ```
/// use heist::net::serve::{Serve, serve};
/// use heist::net::{TcpListener, TcpStream};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// // A function that sets the same limit for all servers of a program:
/// fn limited<H, U>(server: Serve<TcpListener, H, U>) -> Serve<TcpListener, H, U> {
///     server.max_connections(100)
/// }
///
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let server = limited(serve(listener, |_stream: TcpStream, _peer| async {}));
/// assert_eq!(server.until(async {}).await?.accepted, 0);
/// # Ok(())
/// # }
/// ```
#[must_use = "a server runs when it is awaited"]
pub struct Serve<L: Listener, H, U = Pending<()>> {
    pub(super) listener: L,
    pub(super) handler: H,
    pub(super) until: U,
    pub(super) settings: Settings<L::Addr>,
    pub(super) connections: Arc<Connections>,
}

pub(super) struct Settings<A> {
    pub(super) max_connections: usize,
    pub(super) drain: Option<Duration>,
    /// Cancelled when the drain begins, for handlers that can end early.
    pub(super) draining: CancellationToken,
    pub(super) drain_until: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    pub(super) on_failure: OnFailure<A>,
    pub(super) on_accept_error: Box<dyn FnMut(&io::Error) + Send>,
}

pub(super) type OnFailure<A> = Arc<dyn Fn(Failure<A>) + Send + Sync>;

impl<L: Listener, H> Serve<L, H> {
    pub(crate) fn new(listener: L, handler: H, draining: CancellationToken) -> Self {
        Self {
            listener,
            handler,
            until: pending(),
            settings: Settings {
                max_connections: usize::MAX,
                drain: None,
                draining,
                drain_until: None,
                on_failure: Arc::new(|failure| default_report::failure(&failure)),
                on_accept_error: Box::new(default_report::accept_error),
            },
            connections: Arc::default(),
        }
    }
}

impl<L: Listener, H, U> Serve<L, H, U> {
    /// Limits the number of open connections (0 counts as 1). Further ones wait in the listener's
    /// backlog until one ends. By default there is no limit.
    ///
    /// # Examples
    ///
    /// See [`serve`].
    pub fn max_connections(mut self, limit: usize) -> Self {
        self.settings.max_connections = limit.max(1);
        self
    }

    /// Sets the hook for a connection that fails or panics, which runs on its task. By default the
    /// failure is written to standard error, with the peer's address; with the feature `tracing` it
    /// is an event of level error for the program's `tracing` subscriber, with the field `peer`. A
    /// panic of the hook does not end the server.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::serve::{Cause, serve};
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let client = TcpStream::connect(listener.local_addr()?).await?;
    ///
    /// serve(listener, |_stream, _peer| async { Err::<(), _>("not today") })
    ///     .on_failure(move |failure| match failure.cause {
    ///         Cause::Error(error) => {
    ///             println!("{}: {error}", failure.peer);
    ///         }
    ///         Cause::Panic(message) => println!("{} panicked: {message}", failure.peer),
    ///         _ => {}
    ///     })
    ///     .until(client.read(&mut [0]))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_failure(mut self, hook: impl Fn(Failure<L::Addr>) + Send + Sync + 'static) -> Self {
        self.settings.on_failure = Arc::new(hook);
        self
    }

    /// Sets the hook for the times when nothing can be accepted: descriptors have run out, or
    /// `accept` has failed many times in a row with errors that mostly concern one connection. It
    /// is called at most every 10 s while that lasts or recurs. By default the error is written to
    /// standard error, or with the feature `tracing` is a warning for the program's `tracing`
    /// subscriber. A panic of the hook does not end the server.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, serve};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// serve(listener, |_, _| async {})
    ///     .on_accept_error(|error| println!("the server is full: {error}"))
    ///     .until(async {})
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_accept_error(mut self, hook: impl FnMut(&io::Error) + Send + 'static) -> Self {
        self.settings.on_accept_error = Box::new(hook);
        self
    }

    /// Ends the server when `stop` is ready, whatever its output. Clients that have connected by
    /// then are served, the listener is closed, so that its address is free for a successor, and
    /// the connections are [drained](Self::drain).
    ///
    /// If [`max_connections`](Self::max_connections) or the system's limits leave no room for them,
    /// clients that have not been accepted are turned away, as are those beyond the first 1,024.
    ///
    /// # Examples
    ///
    /// A connection that waits for a request, as an HTTP connection does most of the time, would
    /// delay the end of the drain for nothing. With the server's own token it ends when the server
    /// does:
    ///
    /// ```
    /// use heist::io::AsyncWriteExt;
    /// use heist::net::{TcpListener, TcpStream, serve};
    /// use heist::task::CancellationToken;
    ///
    /// async fn answer(mut stream: TcpStream, shutdown: CancellationToken) -> std::io::Result<()> {
    ///     let mut request = [0; 64];
    ///     while let Some(read) = shutdown.run_until_cancelled(stream.read(&mut request)).await {
    ///         let len = read?;
    ///         if len == 0 {
    ///             break;
    ///         }
    ///         // A request that was read is answered, whatever happens.
    ///         stream.write_all(&request[..len]).await?;
    ///     }
    ///     Ok(())
    /// }
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let idle = TcpStream::connect(listener.local_addr()?).await?;
    /// let shutdown = CancellationToken::new();
    /// let server = serve(listener, {
    ///     let shutdown = shutdown.clone();
    ///     move |stream, _peer| answer(stream, shutdown.clone())
    /// })
    /// .until(shutdown.clone().cancelled_owned());
    /// let stats = server.stats();
    /// let server = heist::spawn(server.into_future());
    /// # while stats.active() == 0 {
    /// #     heist::task::yield_now().await;
    /// # }
    /// # assert_eq!(stats.active(), 1);
    /// shutdown.cancel();
    /// let report = server.await.unwrap()?;
    /// assert_eq!(report.completed, 1);
    /// # drop(idle);
    /// # Ok(())
    /// # }
    /// ```
    pub fn until<V: Future>(self, stop: V) -> Serve<L, H, V> {
        Serve {
            listener: self.listener,
            handler: self.handler,
            until: stop,
            settings: self.settings,
            connections: self.connections,
        }
    }

    /// Limits how long the connections may take to end by themselves, once nothing is accepted any
    /// more. Those still open after that are cancelled. By default there is no limit.
    ///
    /// # Examples
    ///
    /// See [`serve`].
    pub fn drain(mut self, deadline: Duration) -> Self {
        self.settings.drain = Some(deadline);
        self
    }

    /// Ends the drain when `stop` is ready, if the [deadline](Self::drain) has not ended it before:
    /// for example when the user asks a second time. `stop` is first polled when the drain begins.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream, serve};
    /// use std::future::pending;
    /// use std::time::Duration;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let idle = TcpStream::connect(listener.local_addr()?).await?;
    /// let report = serve(listener, |_stream, _peer| pending::<()>())
    ///     .until(heist::time::sleep(Duration::from_millis(10)))
    ///     .drain(Duration::from_secs(600))
    ///     .drain_until(async { /* the second Ctrl-C */ })
    ///     .await?;
    /// assert_eq!(report.cancelled, 1);
    /// # drop(idle);
    /// # Ok(())
    /// # }
    /// ```
    pub fn drain_until(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.settings.drain_until = Some(Box::pin(stop));
        self
    }

    /// Returns the server's live numbers, readable while it runs.
    ///
    /// # Examples
    ///
    /// See [`Stats`].
    pub fn stats(&self) -> Stats {
        Stats(self.connections.clone())
    }
}

impl<L, H, F, U> IntoFuture for Serve<L, H, U>
where
    L: Listener<Addr: Send + 'static>,
    H: FnMut(L::Stream, L::Addr) -> F,
    F: Future<Output: Outcome> + Send + 'static,
    U: Future,
{
    type Output = Result<Report, ServeError>;
    type IntoFuture = Serving<L, H, U>;

    fn into_future(self) -> Serving<L, H, U> {
        Serving::new(self)
    }
}

impl<L: Listener, H, U> fmt::Debug for Serve<L, H, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("max_connections", &self.settings.max_connections)
            .field("drain", &self.settings.drain)
            .finish_non_exhaustive()
    }
}
