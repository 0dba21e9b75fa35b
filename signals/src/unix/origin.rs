//! `SignalsWithOrigin`: signals together with their senders.
//!
//! Each has a pipe of its own. The handler, by `signal-hook`'s exfiltrator for raw signal
//! information, stores the system's information in the listener's memory and writes a byte; the
//! task interprets it. Only listeners that request origins pay for them.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use heist_runtime::io::AsyncFd;
use heist_runtime::task::poll_proceed;
use signal_hook::iterator::backend::{Pending, SignalDelivery};
use signal_hook::iterator::exfiltrator::WithRawSiginfo;

use crate::slot::Subscription;
use crate::{SignalKind, Signals, listener};

/// A signal that has arrived, and its origin.
///
/// # Examples
///
/// ```
/// use heist::signal::{Cause, SignalKind, Signals};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut signals = Signals::with_origin([SignalKind::user_defined1()])?;
/// # signal_hook::low_level::raise(SignalKind::user_defined1().as_raw_value())?;
/// let origin = signals.recv().await.expect("the runtime runs");
/// assert_eq!(origin.signal, SignalKind::user_defined1());
/// # #[cfg(target_os = "linux")]
/// assert_eq!(origin.cause, Cause::Thread);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Origin {
    /// The signal.
    pub signal: SignalKind,
    /// Its sender; for `SIGCHLD`, the child. `None` if it has none, or the system does not provide
    /// it.
    pub process: Option<Process>,
    /// Why it was sent.
    pub cause: Cause,
}

/// The process that a signal came from.
///
/// # Examples
///
/// ```
/// use heist::signal::{SignalKind, Signals};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut signals = Signals::with_origin([SignalKind::user_defined1()])?;
/// # signal_hook::low_level::raise(SignalKind::user_defined1().as_raw_value())?;
/// let origin = signals.recv().await.expect("the runtime runs");
/// if let Some(process) = origin.process {
///     assert_eq!(process.pid, std::process::id());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Process {
    /// Its ID; 0 if the process is not visible from here, because it is in another container.
    pub pid: u32,
    /// Its real user ID.
    pub uid: u32,
}

/// Why a signal was sent, as far as the system reports it. Systems other than Linux report only
/// what happened to a child.
///
/// # Examples
///
/// ```
/// use heist::signal::{Cause, SignalKind, Signals};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut signals = Signals::with_origin([SignalKind::child()])?;
/// std::process::Command::new("true").spawn()?.wait()?;
/// let origin = signals.recv().await.expect("the runtime runs");
/// assert_eq!(origin.cause, Cause::ChildExited);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The system does not report it, or not in a known way.
    Unknown,
    /// The kernel itself sent it: for example for Ctrl-C on the terminal.
    Kernel,
    /// A process called `kill`.
    Kill,
    /// A process sent it to one thread, as `raise` does.
    Thread,
    /// A process sent it by `sigqueue`.
    Queue,
    /// A message arrived in an empty queue: `mq_notify`.
    MessageQueue,
    /// A timer of `timer_create` expired.
    Timer,
    /// `SIGCHLD`: the child exited.
    ChildExited,
    /// `SIGCHLD`: the child was killed by a signal.
    ChildKilled,
    /// `SIGCHLD`: the child was killed by a signal, and its core dumped.
    ChildDumped,
    /// `SIGCHLD`: a traced child has trapped.
    ChildTrapped,
    /// `SIGCHLD`: the child was stopped.
    ChildStopped,
    /// `SIGCHLD`: the child has continued.
    ChildContinued,
}

impl Signals {
    /// Like [`new`](Self::new), for a listener that also returns where the signals come from.
    ///
    /// It keeps no more than 5 signals of a kind that are not received yet; further ones are merged
    /// with them. It takes two file descriptors, and one more for each kind.
    ///
    /// # Errors
    ///
    /// See [`new`](Self::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, Signals};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut signals = Signals::with_origin([SignalKind::terminate()])?;
    /// # signal_hook::low_level::raise(SignalKind::terminate().as_raw_value())?;
    /// let origin = signals.recv().await.expect("the runtime runs");
    /// if let Some(sender) = origin.process {
    ///     println!("{} from process {} of user {}", origin.signal, sender.pid, sender.uid);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_origin(
        kinds: impl IntoIterator<Item = SignalKind>,
    ) -> io::Result<SignalsWithOrigin> {
        SignalsWithOrigin::new(kinds)
    }
}

/// A listener that returns where signals come from, created by [`Signals::with_origin`]. It is a
/// stream of [`Origin`]s.
///
/// # Examples
///
/// ```
/// use heist::signal::{SignalKind, Signals, SignalsWithOrigin};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut signals: SignalsWithOrigin = Signals::with_origin([SignalKind::hangup()])?;
/// # signal_hook::low_level::raise(SignalKind::hangup().as_raw_value())?;
/// let origin = signals.recv().await.expect("the runtime runs");
/// assert_eq!(origin.signal, SignalKind::hangup());
/// # Ok(())
/// # }
/// ```
pub struct SignalsWithOrigin {
    /// Keep the default actions disabled. Before `delivery`, so that they are dropped first: a
    /// signal that arrives in between is not swallowed.
    subscriptions: Vec<Subscription>,
    delivery: SignalDelivery<Receiver, WithRawSiginfo>,
    /// Fetched and not yet returned.
    pending: Pending<WithRawSiginfo>,
}

impl SignalsWithOrigin {
    fn new(kinds: impl IntoIterator<Item = SignalKind>) -> io::Result<Self> {
        let subscriptions = listener::listen(kinds)?;
        let mut delivery = Self::deliver(&subscriptions)
            .map_err(|error| subscriptions[0].kind().refused(error))?;
        let pending = delivery.pending();
        Ok(Self {
            subscriptions,
            delivery,
            pending,
        })
    }

    fn deliver(
        subscriptions: &[Subscription],
    ) -> io::Result<SignalDelivery<Receiver, WithRawSiginfo>> {
        let (receiver, sender) = UnixStream::pair()?;
        receiver.set_nonblocking(true)?;
        let receiver = Receiver(AsyncFd::new(receiver)?);
        let numbers = subscriptions
            .iter()
            .map(|subscription| subscription.kind().as_raw_value());
        SignalDelivery::with_pipe(receiver, sender, WithRawSiginfo, numbers)
    }

    /// Waits for the next signal. `None` if this listener's runtime has shut down.
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
    /// let mut signals = Signals::with_origin([SignalKind::hangup()])?;
    /// # signal_hook::low_level::raise(SignalKind::hangup().as_raw_value())?;
    /// assert!(signals.recv().await.is_some_and(|origin| origin.signal == SignalKind::hangup()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn recv(&mut self) -> Option<Origin> {
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
    /// let mut signals = Signals::with_origin([SignalKind::hangup()])?;
    /// # signal_hook::low_level::raise(SignalKind::hangup().as_raw_value())?;
    /// let origin = poll_fn(|cx| signals.poll_recv(cx)).await.expect("the runtime runs");
    /// assert_eq!(origin.signal, SignalKind::hangup());
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Origin>> {
        let progress = ready!(poll_proceed(cx));
        loop {
            if let Some(info) = self.pending.next() {
                progress.made();
                return Poll::Ready(Some(Origin::from_info(&info)));
            }
            match ready!(self.delivery.get_read().0.poll_read_ready(cx)) {
                // Before the pipe is emptied: a later byte makes it ready again.
                Ok(mut guard) => guard.clear_ready(),
                Err(_) => return Poll::Ready(None),
            }
            self.pending = self.delivery.pending();
        }
    }
}

impl Stream for SignalsWithOrigin {
    type Item = Origin;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Origin>> {
        self.poll_recv(cx)
    }
}

impl fmt::Debug for SignalsWithOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = self.subscriptions.iter().map(Subscription::kind);
        f.write_str("SignalsWithOrigin ")?;
        f.debug_list().entries(kinds).finish()
    }
}

// The library's receiver only reads a socket.
impl std::panic::UnwindSafe for SignalsWithOrigin {}
impl std::panic::RefUnwindSafe for SignalsWithOrigin {}

/// The reading end of the pipe, in the form that `signal-hook` requires.
struct Receiver(AsyncFd<UnixStream>);

impl AsRawFd for Receiver {
    fn as_raw_fd(&self) -> RawFd {
        self.0.get_ref().as_raw_fd()
    }
}

impl Origin {
    fn from_info(info: &libc::siginfo_t) -> Self {
        let cause = Cause::from_info(info);
        // SAFETY: the system has filled the structure in. Where the fields overlap with others they
        // are still integers, and used only if `cause` says that they are valid.
        let (pid, uid) = unsafe { (info.si_pid(), info.si_uid()) };
        let process = cause.has_process(pid).then_some(Process {
            // Never negative.
            pid: pid as u32,
            uid,
        });
        Self {
            signal: SignalKind::from_raw(info.si_signo),
            process,
            cause,
        }
    }
}

impl Cause {
    fn from_info(info: &libc::siginfo_t) -> Self {
        if info.si_signo == libc::SIGCHLD {
            match info.si_code {
                libc::CLD_EXITED => return Self::ChildExited,
                libc::CLD_KILLED => return Self::ChildKilled,
                libc::CLD_DUMPED => return Self::ChildDumped,
                libc::CLD_TRAPPED => return Self::ChildTrapped,
                libc::CLD_STOPPED => return Self::ChildStopped,
                libc::CLD_CONTINUED => return Self::ChildContinued,
                _ => {}
            }
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        match info.si_code {
            libc::SI_KERNEL => return Self::Kernel,
            libc::SI_USER => return Self::Kill,
            libc::SI_TKILL => return Self::Thread,
            libc::SI_QUEUE => return Self::Queue,
            libc::SI_MESGQ => return Self::MessageQueue,
            libc::SI_TIMER => return Self::Timer,
            _ => {}
        }
        Self::Unknown
    }

    /// Whether the signal information contains a process, which would be `pid`.
    fn has_process(self, pid: libc::pid_t) -> bool {
        match self {
            Self::Kernel | Self::Timer => false,
            // Where the cause is never known the field is 0 if there is no process.
            Self::Unknown => !cfg!(any(target_os = "linux", target_os = "android")) && pid != 0,
            _ => true,
        }
    }
}
