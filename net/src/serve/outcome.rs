//! How a connection ends.

use std::any::Any;
use std::error::Error;
use std::fmt;

use heist_runtime::panics;

/// The output of a handler's future: nothing, or a `Result` whose error can be boxed.
///
/// The trait is sealed: other crates cannot implement it.
///
/// # Examples
///
/// ```
/// use heist::net::serve::Outcome;
///
/// fn check(_: impl Outcome) {}
/// check(());
/// check(std::io::Result::Ok(()));
/// check(Err::<u64, _>("an error in words"));
/// ```
#[diagnostic::on_unimplemented(
    message = "a handler of `serve` cannot end with `{Self}`",
    label = "the handler's future ends with `{Self}`",
    note = "it ends with `()`, or with a `Result` whose error is an error, a `String` or a `&str`"
)]
pub trait Outcome: sealed::IntoFailure {}

impl<T: sealed::IntoFailure> Outcome for T {}

pub(super) mod sealed {
    use std::error::Error;

    pub trait IntoFailure {
        fn into_failure(self) -> Result<(), Box<dyn Error + Send + Sync>>;
    }

    impl IntoFailure for () {
        fn into_failure(self) -> Result<(), Box<dyn Error + Send + Sync>> {
            Ok(())
        }
    }

    impl<T, E: Into<Box<dyn Error + Send + Sync>>> IntoFailure for Result<T, E> {
        fn into_failure(self) -> Result<(), Box<dyn Error + Send + Sync>> {
            self.map(drop).map_err(Into::into)
        }
    }
}

/// A connection that failed.
///
/// # Examples
///
/// ```
/// # use heist::net::{TcpListener, TcpStream, serve};
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let client = TcpStream::connect(listener.local_addr()?).await?;
/// # let peer = client.local_addr()?;
/// serve(listener, |_stream, _peer| async { Err::<(), _>("not today") })
///     .on_failure(move |failure| {
///         assert_eq!(failure.peer, peer);
///         assert_eq!(failure.to_string(), format!("{peer}: not today"));
///     })
///     .until(client.read(&mut [0]))
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// See [`Serve::on_failure`](super::Serve::on_failure).
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure<A> {
    /// The address of the connection's peer.
    pub peer: A,
    /// What went wrong.
    pub cause: Cause,
}

impl<A: fmt::Debug> fmt::Display for Failure<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.peer, self.cause)
    }
}

/// Why a connection failed.
///
/// # Examples
///
/// See [`Serve::on_failure`](super::Serve::on_failure).
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause {
    /// Its handler returned this error.
    Error(Box<dyn Error + Send + Sync>),
    /// Its handler panicked, with this message.
    Panic(String),
}

impl Cause {
    pub(super) fn of_panic(payload: &(dyn Any + Send)) -> Self {
        let message = panics::message(payload);
        Self::Panic(message.unwrap_or("a value that is not text").to_owned())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Panic(message) => write!(f, "panicked: {message}"),
        }
    }
}
