//! `try_join!`: as `join!`, until one has failed.

/// Waits for several futures at once, in the current task, until all are `Ok` or one is not.
///
/// Its value is `Ok` with a tuple of all values, or the first error; then the others are dropped.
/// Otherwise it is as [`join!`](crate::join), `biased;` included.
///
/// The syntax and its meaning are those of
/// [tokio's](https://docs.rs/tokio/1.54.1/tokio/macro.try_join.html).
///
/// # Cancellation safety
///
/// That of the futures: all that have not ended are dropped with it, or after an error.
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
    (@all $turns:ident [$($total:tt)*] [$( [$($before:tt)*] [$($nth:tt)*] ($future:expr) )+]) => {{
        let mut futures = ( $( $crate::macros::support::maybe_done($future), )+ );
        // What polls them borrows them, so that it cannot be moved with them.
        let futures = &mut futures;
        let mut turns = $crate::macros::support::$turns::default();
        $crate::macros::support::poll_fn(move |cx| {
            let total = 0u32 $($total)*;
            let first = $crate::macros::support::Turns::next(&mut turns, total);
            let mut all_done = true;
            for turn in 0..total {
                let nth = (first + turn) % total;
                $( if nth == 0 $($nth)* {
                    let ( $($before)* future, .. ) = &mut *futures;
                    // SAFETY: in a variable that nobody else can name, and that is not moved.
                    let mut future =
                        unsafe { $crate::macros::support::Pin::new_unchecked(future) };
                    if $crate::macros::support::Future::poll(future.as_mut(), cx).is_pending() {
                        all_done = false;
                    } else if let $crate::macros::support::Option::Some(failed) =
                        $crate::macros::support::take_failed(future)
                    {
                        return $crate::macros::support::Poll::Ready(failed);
                    }
                } )+
            }
            if !all_done {
                return $crate::macros::support::Poll::Pending;
            }
            // An output may be of a type that has no values.
            #[allow(unreachable_code)]
            $crate::macros::support::Poll::Ready($crate::macros::support::Result::Ok(( $( {
                let ( $($before)* future, .. ) = &mut *futures;
                // SAFETY: as above.
                let future = unsafe { $crate::macros::support::Pin::new_unchecked(future) };
                let output = future.take_output().expect("all are done");
                output.ok().expect("none has failed")
            }, )+ )))
        }).await
    }};

    (@number $turns:ident [$($before:tt)*] [$($nth:tt)*] [$($done:tt)*]) => {
        $crate::try_join!(@all $turns [$($nth)*] [$($done)*])
    };
    (@number $turns:ident [$($before:tt)*] [$($nth:tt)*] [$($done:tt)*] $next:expr, $($rest:tt)*) => {
        $crate::try_join!(@number $turns
            [$($before)* _,] [$($nth)* + 1] [$($done)* [$($before)*] [$($nth)*] ($next)] $($rest)*)
    };

    (biased; $($future:expr),+ $(,)?) => {
        $crate::try_join!(@number InOrder [] [] [] $($future,)+)
    };
    ($($future:expr),+ $(,)?) => {
        $crate::try_join!(@number InTurn [] [] [] $($future,)+)
    };
    ($(biased;)?) => { async { Ok(()) }.await };
}
