//! `try_join!`: like `join!`, until one future fails.

/// Waits for several futures at once, in the current task, until all are `Ok` or one is not.
///
/// Its value is `Ok` with a tuple of all values, or the first error; the other futures are dropped
/// after an error. Otherwise it is like [`join!`](crate::join), including `biased;`.
///
/// The syntax and its meaning are those of
/// [tokio's](https://docs.rs/tokio/1.54.1/tokio/macro.try_join.html).
///
/// # Cancellation safety
///
/// The same as that of the futures: those that have not ended are dropped with it, or after an
/// error.
///
/// # Examples
///
/// ```
/// use heist::net::TcpStream;
/// # use heist::net::TcpListener;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let database = listener.local_addr()?;
/// # let cache = database;
/// let (database, cache) = heist::try_join!(
///     TcpStream::connect(database),
///     TcpStream::connect(cache),
/// )?;
/// # assert_eq!(database.peer_addr()?, cache.peer_addr()?);
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! try_join {
    (biased; $($future:expr),+ $(,)?) => {
        $crate::join!(@number until_one_fails InOrder [] [] [] $($future,)+)
    };
    ($($future:expr),+ $(,)?) => {
        $crate::join!(@number until_one_fails InTurn [] [] [] $($future,)+)
    };
    ($(biased;)?) => { async { Ok(()) }.await };
}
