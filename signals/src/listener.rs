//! `Signal` and `Signals`: listeners for one kind of signal, and for several.
//!
//! A listener belongs to the runtime it was created on, whose driver wakes it, and to no thread.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use heist_runtime::task::poll_proceed;

use crate::SignalKind;
use crate::platform::Source;
use crate::slot::Subscription;

/// Starts listening for signals of the kind `kind`.
///
/// Every listener receives every signal that arrives from now on. While a program listens, the
/// signal's previous action, such as ending the program, is disabled. When the last listener has
/// been dropped it is in effect again; [`set_unhandled`](crate::set_unhandled) can change that.
///
/// # Errors
///
/// The error names the signal and the reason: it can never be caught (`SIGKILL`, `SIGSTOP`), it
/// reports a fault (`SIGSEGV`, `SIGILL`, `SIGFPE`), or the system has no such signal. Fails outside
/// a runtime, and when no file descriptor is left; then the signal's action has not changed.
///
/// # Examples
///
/// ```
/// use heist::signal::{SignalKind, signal};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let error = signal(SignalKind::from_raw(9)).unwrap_err();
/// assert!(error.to_string().contains("SIGKILL"));
/// # Ok(())
/// # }
/// ```
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    let listener = Listener::new([kind])?;
    Ok(Signal { listener })
}

/// Waits for an interrupt: Ctrl-C on the terminal, or `SIGINT` from elsewhere.
///
/// It listens from its first poll until it is dropped. After that Ctrl-C has its previous effect,
/// which is to end the program, unless there is another listener. To miss no Ctrl-C between two
/// calls, keep one [`Signal`] instead.
///
/// # Errors
///
/// The same as those of [`signal`]; also fails if the runtime shuts down first.
///
/// # Cancellation safety
///
/// Cancel safe, except that an interrupt that arrived is forgotten with the future.
///
/// # Examples
///
/// ```
/// # use heist::signal::{SignalKind, signal};
/// # // Presses Ctrl-C until a listener receives it.
/// # async fn serve() {
/// #     loop {
/// #         signal_hook::low_level::raise(SignalKind::interrupt().as_raw_value()).unwrap();
/// #         heist::time::sleep(std::time::Duration::from_millis(1)).await;
/// #     }
/// # }
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let _also_heard_before_and_after = signal(SignalKind::interrupt())?;
/// let serving = heist::spawn(serve());
/// heist::signal::ctrl_c().await?;
/// serving.abort();
/// # drop(serving.await);
/// # Ok(())
/// # }
/// ```
pub async fn ctrl_c() -> io::Result<()> {
    let received = signal(SignalKind::interrupt())?.recv().await;
    received.ok_or_else(|| runtime_ended("Ctrl-C"))
}

pub(crate) fn runtime_ended(what: &str) -> io::Error {
    io::Error::other(format!("the runtime shut down while waiting for {what}"))
}

/// A listener for one kind of signal, made by [`signal`].
///
/// It is a stream, too. Signals that arrive while no task waits are kept and counted, as far as
/// they [can be counted](index.html#what-is-certain).
///
/// Dropping it stops listening.
///
/// # Examples
///
/// ```
/// use heist::signal::{Signal, SignalKind, signal};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut hangups: Signal = signal(SignalKind::hangup())?;
/// # signal_hook::low_level::raise(SignalKind::hangup().as_raw_value())?;
/// assert_eq!(hangups.recv().await, Some(()));
/// # Ok(())
/// # }
/// ```
pub struct Signal {
    listener: Listener,
}

impl Signal {
    /// Waits for the next signal. `None` if this listener's runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no signal is lost when the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, signal};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut terminate = signal(SignalKind::terminate())?;
    /// # signal_hook::low_level::raise(SignalKind::terminate().as_raw_value())?;
    /// terminate.recv().await;
    /// println!("asked to end");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn recv(&mut self) -> Option<()> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The polling form of [`recv`](Self::recv), for hand-written futures.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, signal};
    /// use std::future::poll_fn;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut hangups = signal(SignalKind::hangup())?;
    /// # signal_hook::low_level::raise(SignalKind::hangup().as_raw_value())?;
    /// assert_eq!(poll_fn(|cx| hangups.poll_recv(cx)).await, Some(()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let received = ready!(self.listener.poll_recv(cx));
        Poll::Ready(received.map(|_| ()))
    }

    /// Also receives earlier signals that no listener has received or been woken for: those between
    /// this listener and the last one of its kind, as in tokio.
    #[doc(hidden)]
    pub fn with_those_in_flight(mut self) -> Self {
        self.listener
            .subscriptions
            .iter_mut()
            .for_each(Subscription::include_in_flight);
        self
    }

    /// Drops the signals that have arrived and were not received.
    pub(crate) fn discard_pending(&mut self) {
        self.listener
            .subscriptions
            .iter_mut()
            .for_each(Subscription::receive_all);
    }
}

impl Stream for Signal {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.poll_recv(cx)
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signal")
            .field(&self.listener.subscriptions[0].kind())
            .finish()
    }
}

/// A listener for several kinds of signals, which returns the kind of each.
///
/// It is a stream of [`SignalKind`]s, and otherwise like [`Signal`]. If signals of several kinds
/// have arrived it returns one of each in turn, not in the order in which they arrived.
///
/// # Examples
///
/// ```
/// use heist::signal::{SignalKind, Signals};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut signals = Signals::new([SignalKind::user_defined1(), SignalKind::user_defined2()])?;
/// # signal_hook::low_level::raise(SignalKind::user_defined2().as_raw_value())?;
/// let signal = signals.recv().await.expect("the runtime runs");
/// assert_eq!(signal.to_string(), "SIGUSR2");
/// # Ok(())
/// # }
/// ```
pub struct Signals {
    listener: Listener,
}

impl Signals {
    /// Starts listening for signals of these kinds. Duplicates are ignored.
    ///
    /// # Errors
    ///
    /// The same as those of [`signal`], with the name of the signal in question; it then listens
    /// for none. Fails if `kinds` is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, Signals};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// assert!(Signals::new([SignalKind::hangup(), SignalKind::terminate()]).is_ok());
    /// // `SIGKILL` cannot be listened for.
    /// assert!(Signals::new([SignalKind::hangup(), SignalKind::from_raw(9)]).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(kinds: impl IntoIterator<Item = SignalKind>) -> io::Result<Self> {
        let listener = Listener::new(kinds)?;
        Ok(Self { listener })
    }

    /// Waits for the next signal, and returns its kind. `None` if this listener's runtime has shut
    /// down.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no signal is lost when the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, Signals};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let (hangup, terminate) = (SignalKind::hangup(), SignalKind::terminate());
    /// let mut signals = Signals::new([hangup, terminate])?;
    /// # signal_hook::low_level::raise(terminate.as_raw_value())?;
    /// assert_eq!(signals.recv().await, Some(terminate));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn recv(&mut self) -> Option<SignalKind> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The polling form of [`recv`](Self::recv), for hand-written futures.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, Signals};
    /// use std::future::poll_fn;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut signals = Signals::new([SignalKind::hangup()])?;
    /// # signal_hook::low_level::raise(SignalKind::hangup().as_raw_value())?;
    /// assert_eq!(poll_fn(|cx| signals.poll_recv(cx)).await, Some(SignalKind::hangup()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalKind>> {
        self.listener.poll_recv(cx)
    }
}

impl Stream for Signals {
    type Item = SignalKind;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<SignalKind>> {
        self.poll_recv(cx)
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = self.listener.subscriptions.iter().map(Subscription::kind);
        f.write_str("Signals ")?;
        f.debug_list().entries(kinds).finish()
    }
}

struct Listener {
    /// One for each kind; never empty.
    subscriptions: Vec<Subscription>,
    /// The subscription that is checked first, so that each gets its turn.
    first: usize,
    source: Arc<Source>,
}

impl Listener {
    fn new(kinds: impl IntoIterator<Item = SignalKind>) -> io::Result<Self> {
        let subscriptions = listen(kinds)?;
        let source = Source::current().map_err(|error| subscriptions[0].kind().refused(error))?;
        Ok(Self {
            subscriptions,
            first: 0,
            source,
        })
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalKind>> {
        let progress = ready!(poll_proceed(cx));
        let mut received = self.check();
        if received.is_pending() {
            for subscription in &self.subscriptions {
                subscription.wait(cx.waker());
            }
            // A signal may have arrived before the waker was registered.
            received = self.check();
        }
        if received.is_ready() {
            progress.made();
        }
        received
    }

    fn check(&mut self) -> Poll<Option<SignalKind>> {
        if self.source.is_closed() {
            return Poll::Ready(None);
        }
        for offset in 0..self.subscriptions.len() {
            let at = (self.first + offset) % self.subscriptions.len();
            if self.subscriptions[at].receive() {
                self.first = at + 1;
                return Poll::Ready(Some(self.subscriptions[at].kind()));
            }
        }
        Poll::Pending
    }
}

/// Listens for all of these kinds, or for none.
pub(crate) fn listen(kinds: impl IntoIterator<Item = SignalKind>) -> io::Result<Vec<Subscription>> {
    let mut subscriptions = Vec::<Subscription>::new();
    for kind in kinds {
        if subscriptions
            .iter()
            .all(|subscription| subscription.kind() != kind)
        {
            subscriptions.push(Subscription::new(kind)?);
        }
    }
    if subscriptions.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "no kind of signal to listen for",
        ));
    }
    Ok(subscriptions)
}
