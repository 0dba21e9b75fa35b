//! `join!`: several futures at once, in the current task.
//!
//! The futures are kept in a tuple. The macro numbers them: for each it has one `_,` per preceding
//! future, to reach it in the tuple by a pattern, and one `+ 1` per preceding future.
//!
//! `try_join!` expands to the same code. The differences are in two modules of `support`, `all` and
//! `until_one_fails`, with the same functions.

/// Waits for several futures at once, in the current task, and returns all their outputs as a
/// tuple.
///
/// Each poll starts with a different future, so that none can permanently use up the task's
/// [budget](crate::task::consume_budget); after `biased;` they are always polled in the order
/// written. All run in one task, so one that blocks holds up the others, and they do not run in
/// parallel: [`spawn`](crate::spawn()) those that should.
///
/// The syntax and its meaning are those of
/// [tokio's](https://docs.rs/tokio/1.54.1/tokio/macro.join.html).
///
/// # Cancellation safety
///
/// The same as that of the futures, which are dropped with it, as are the outputs of those that
/// have ended.
///
/// # Examples
///
/// ```
/// use heist::net::lookup_host;
///
/// # #[heist::main]
/// # async fn main() {
/// let (first, second) = heist::join!(lookup_host("127.0.0.1:80"), async { 2 });
/// assert_eq!((first.unwrap().count(), second), (1, 2));
/// # }
/// ```
#[macro_export]
macro_rules! join {
    (@all $which:ident $turns:ident [$($total:tt)*]
        [$( [$($before:tt)*] [$($nth:tt)*] ($future:expr) )+]) => {{
        let mut futures = ( $( $crate::macros::support::maybe_done($future), )+ );
        // The closure below borrows the futures, so they cannot be moved with it.
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
                    // SAFETY: in a variable that no other code can name, and that is not moved.
                    let mut future =
                        unsafe { $crate::macros::support::Pin::new_unchecked(future) };
                    if $crate::macros::support::Future::poll(future.as_mut(), cx).is_pending() {
                        all_done = false;
                    } else if let $crate::macros::support::Option::Some(failed) =
                        $crate::macros::support::$which::take_failed(future)
                    {
                        return $crate::macros::support::Poll::Ready(failed);
                    }
                } )+
            }
            if !all_done {
                return $crate::macros::support::Poll::Pending;
            }
            // An output may be of an uninhabited type.
            #[allow(unreachable_code)]
            $crate::macros::support::Poll::Ready($crate::macros::support::$which::outcome(( $( {
                let ( $($before)* future, .. ) = &mut *futures;
                // SAFETY: as above.
                let future = unsafe { $crate::macros::support::Pin::new_unchecked(future) };
                $crate::macros::support::$which::take_output(future)
            }, )+ )))
        }).await
    }};

    (@number $which:ident $turns:ident [$($before:tt)*] [$($nth:tt)*] [$($done:tt)*]) => {
        $crate::join!(@all $which $turns [$($nth)*] [$($done)*])
    };
    (@number $which:ident $turns:ident [$($before:tt)*] [$($nth:tt)*] [$($done:tt)*]
        $next:expr, $($rest:tt)*) => {
        $crate::join!(@number $which $turns
            [$($before)* _,] [$($nth)* + 1] [$($done)* [$($before)*] [$($nth)*] ($next)] $($rest)*)
    };

    (biased; $($future:expr),+ $(,)?) => {
        $crate::join!(@number all InOrder [] [] [] $($future,)+)
    };
    ($($future:expr),+ $(,)?) => {
        $crate::join!(@number all InTurn [] [] [] $($future,)+)
    };
    ($(biased;)?) => { async {}.await };
}
