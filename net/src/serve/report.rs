//! The numbers of a server's connections.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use crate::serve::connections::Connections;

/// The numbers of a server's connections. `accepted` is the sum of `completed`, `failed`,
/// `panicked` and `cancelled`.
///
/// # Examples
///
/// ```
/// use heist::net::{TcpListener, serve};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let report = serve(listener, |_, _| async {}).until(async {}).await?;
/// assert_eq!(report.accepted, 0);
/// assert!(report.to_string().starts_with("0 connections"));
/// # Ok(())
/// # }
/// ```
///
/// See [`serve`](super::serve()).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Connections accepted.
    pub accepted: u64,
    /// Of these, the ones whose handler returned without an error.
    pub completed: u64,
    /// Those whose handler returned an error.
    pub failed: u64,
    /// Those whose handler panicked.
    pub panicked: u64,
    /// Those still open at the end of the drain, or when their runtime ended.
    pub cancelled: u64,
    /// Of the cancelled, those whose tasks did not stop because they block their threads: they run
    /// until they return.
    pub stalled: u64,
    /// The most connections open at once.
    pub peak: u64,
    /// Errors of `accept` that the server survived.
    pub accept_errors: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            accepted,
            completed,
            failed,
            panicked,
            cancelled,
            stalled,
            peak,
            accept_errors,
        } = self;
        write!(f, "{accepted} connections, at most {peak} at once: ")?;
        write!(
            f,
            "{completed} completed, {failed} failed, {panicked} panicked, "
        )?;
        write!(f, "{cancelled} cancelled")?;
        if *stalled > 0 {
            write!(f, " ({stalled} stalled)")?;
        }
        if *accept_errors > 0 {
            write!(f, "; {accept_errors} failures to accept")?;
        }
        Ok(())
    }
}

/// Why a server ended without being asked to: nothing can be accepted any more.
///
/// Its connections were drained first. It converts into an [`io::Error`].
///
/// # Examples
///
/// ```
/// use heist::net::{TcpListener, serve};
///
/// async fn run() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     match serve(listener, |_, _| async {}).until(async {}).await {
///         Ok(report) => println!("{report}"),
///         Err(error) => println!("{}, after {}", error.source, error.report),
///     }
///     Ok(())
/// }
/// # fn main() -> std::io::Result<()> {
/// #     heist::runtime::Runtime::new()?.block_on(run())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ServeError {
    /// The numbers up to its end.
    pub report: Report,
    /// The error of `accept`.
    pub source: io::Error,
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot accept connections: {}", self.source)
    }
}

impl Error for ServeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

impl From<ServeError> for io::Error {
    fn from(error: ServeError) -> Self {
        Self::new(error.source.kind(), error)
    }
}

/// The live numbers of a server, from [`Serve::stats`](super::Serve::stats).
///
/// # Examples
///
/// ```
/// use heist::net::{TcpListener, serve};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let server = serve(listener, |_, _| async {}).until(async {});
/// let stats = server.stats();
/// server.await?;
/// assert_eq!((stats.accepted(), stats.active(), stats.accept_errors()), (0, 0, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Stats(pub(super) Arc<Connections>);

impl Stats {
    /// Returns the number of connections accepted so far.
    pub fn accepted(&self) -> u64 {
        self.0.report().accepted
    }

    /// Returns the number of connections open now.
    pub fn active(&self) -> u64 {
        self.0.active() as u64
    }

    /// Returns the number of errors of `accept` that the server has survived so far.
    ///
    /// See [`Stats`] for an example.
    pub fn accept_errors(&self) -> u64 {
        self.0.report().accept_errors
    }
}

impl fmt::Debug for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stats")
            .field("accepted", &self.accepted())
            .field("active", &self.active())
            .finish()
    }
}
