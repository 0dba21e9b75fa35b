//! The conventional reactions of servers to signals: `shutdown` and `reload`.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::listener::runtime_ended;
use crate::platform::{RELOAD, SHUTDOWN};
use crate::{Signal, SignalKind, Signals, signal};

/// Waits for the request to stop: `SIGINT` (Ctrl-C) or `SIGTERM`, on Windows Ctrl-C or Ctrl-Break.
///
/// It listens from this call on, not from the first poll, so a server may call it before it starts
/// and await it later. Its output says which signal it was, and can wait for the second one, which
/// by convention means: stop at once.
///
/// # Errors
///
/// The same as those of [`signal`], returned when it is awaited; also fails if the runtime shuts
/// down first.
///
/// # Examples
///
/// ```
/// use heist::task::JoinSet;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let drain = async || ();
/// let shutdown = heist::signal::shutdown();
/// // ... start to serve, and then:
/// # signal_hook::low_level::raise(heist::signal::SignalKind::terminate().as_raw_value())?;
/// let mut request = shutdown.await?;
/// println!("{}: ending gracefully, once more to end at once", request.signal());
/// let mut ends = JoinSet::new();
/// ends.spawn(async move { drain().await; println!("all done") });
/// ends.spawn(async move { request.now().await; println!("cut off") });
/// // Whichever is first; the set aborts the other when it is dropped.
/// ends.join_next().await;
/// # Ok(())
/// # }
/// ```
pub fn shutdown() -> Shutdown {
    Shutdown {
        listening: Some(Signals::new(SHUTDOWN)),
    }
}

/// Waits for the request to stop; created by [`shutdown`].
///
/// # Cancellation safety
///
/// No request is lost as long as this exists: it may be polled by reference.
///
/// # Examples
///
/// ```
/// use heist::signal::{SignalKind, shutdown};
/// use std::time::Duration;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut request = shutdown();
/// // By reference it can be awaited repeatedly.
/// let early = heist::time::timeout(Duration::from_millis(1), &mut request).await;
/// assert!(early.is_err());
/// # signal_hook::low_level::raise(SignalKind::terminate().as_raw_value())?;
/// assert_eq!(request.await?.signal(), SignalKind::terminate());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Shutdown {
    /// `None` once it is done.
    listening: Option<io::Result<Signals>>,
}

impl Future for Shutdown {
    type Output = io::Result<ShutdownRequest>;

    /// # Panics
    ///
    /// Panics if it is polled after it was ready.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let signal = match &mut self.listening {
            Some(Ok(signals)) => ready!(signals.poll_recv(cx)),
            _ => None,
        };
        let listening = self.listening.take();
        let signals = listening.expect("`Shutdown` is not polled after it was ready")?;
        let signal = signal.ok_or_else(|| runtime_ended("the request to end"))?;
        Poll::Ready(Ok(ShutdownRequest { signal, signals }))
    }
}

// Errors in it are only moved out.
impl std::panic::UnwindSafe for Shutdown {}
impl std::panic::RefUnwindSafe for Shutdown {}

/// A request to stop, returned by [`shutdown`].
///
/// It keeps listening. Once it is dropped, the next Ctrl-C ends the program, unless there is
/// another listener.
///
/// # Examples
///
/// ```
/// use heist::signal::{ShutdownRequest, SignalKind, shutdown};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// fn reason(request: &ShutdownRequest) -> String {
///     format!("ending, because of {}", request.signal())
/// }
///
/// let request = shutdown();
/// # signal_hook::low_level::raise(SignalKind::interrupt().as_raw_value())?;
/// assert_eq!(reason(&request.await?), "ending, because of SIGINT");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ShutdownRequest {
    signal: SignalKind,
    signals: Signals,
}

impl ShutdownRequest {
    /// Returns the signal that was received.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, shutdown};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let request = shutdown();
    /// # signal_hook::low_level::raise(SignalKind::terminate().as_raw_value())?;
    /// assert_eq!(request.await?.signal(), SignalKind::terminate());
    /// # Ok(())
    /// # }
    /// ```
    pub fn signal(&self) -> SignalKind {
        self.signal
    }

    /// Waits for the second request, which means: stop at once. Returns its signal.
    ///
    /// If the runtime shuts down it waits for ever, as its caller ends with the runtime.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no request is lost when the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, shutdown};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let request = shutdown();
    /// # signal_hook::low_level::raise(SignalKind::terminate().as_raw_value())?;
    /// let mut request = request.await?;
    /// # signal_hook::low_level::raise(SignalKind::interrupt().as_raw_value())?;
    /// // The user grows impatient.
    /// assert_eq!(request.now().await, SignalKind::interrupt());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn now(&mut self) -> SignalKind {
        match self.signals.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

/// Starts listening for the request to reload the configuration: `SIGHUP`.
///
/// # Errors
///
/// The same as those of [`signal`]. Always fails on Windows, which has no such request.
///
/// # Examples
///
/// ```
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let read_configuration = || ();
/// let mut reload = heist::signal::reload()?;
/// # signal_hook::low_level::raise(heist::signal::SignalKind::hangup().as_raw_value())?;
/// heist::spawn(async move {
///     while let Some(()) = reload.recv().await {
///         read_configuration();
///         # break;
///     }
/// })
/// # .await.unwrap();
/// # Ok(())
/// # }
/// ```
pub fn reload() -> io::Result<Reload> {
    let hangups = signal(RELOAD)?;
    Ok(Reload { hangups })
}

/// A listener for the request to reload the configuration, created by [`reload`]. It is a stream,
/// too.
///
/// Requests that arrive while no task waits count as one: a configuration read after the last of
/// them is new enough for all.
///
/// # Examples
///
/// ```
/// use heist::signal::{Reload, SignalKind, reload};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut reload: Reload = reload()?;
/// # signal_hook::low_level::raise(SignalKind::hangup().as_raw_value())?;
/// assert_eq!(reload.recv().await, Some(()));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Reload {
    hangups: Signal,
}

impl Reload {
    /// Waits for the next request. `None` if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no request is lost when the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, reload};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut reload = reload()?;
    /// # signal_hook::low_level::raise(SignalKind::hangup().as_raw_value())?;
    /// assert_eq!(reload.recv().await, Some(()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn recv(&mut self) -> Option<()> {
        std::future::poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The polling form of [`recv`](Self::recv), for hand-written futures.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, reload};
    /// use std::future::poll_fn;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut reload = reload()?;
    /// # signal_hook::low_level::raise(SignalKind::hangup().as_raw_value())?;
    /// assert_eq!(poll_fn(|cx| reload.poll_recv(cx)).await, Some(()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let received = ready!(self.hangups.poll_recv(cx));
        self.hangups.discard_pending();
        Poll::Ready(received)
    }
}

impl Stream for Reload {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.poll_recv(cx)
    }
}
