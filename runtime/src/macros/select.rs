//! `select!`: the first of several branches.
//!
//! In two steps. `@branch` takes one branch after the other, brings it into one form (a pattern, a
//! future, a condition, a handler), and numbers it: it keeps the `_,` of those before it, by which
//! its future is reached in a tuple, and a `+ 1` for each of those. `@all` is made of that. The
//! output of the branch that is chosen leaves the loop in a chain of
//! [`Either`](super::either::Either), as far down as the branch's number (`@either`); so that
//! handlers run where the macro stands, and may `return`, `break` or use what the futures had
//! borrowed.

/// Waits for several branches at once, in the current task, and runs the handler of the first that
/// gets ready; the other branches are dropped.
///
/// ```text
/// heist::select! {
///     biased;                                     // if given: polled in the order written
///     pattern = future => handler,                // any number of them, 64 at most
///     pattern = future, if condition => handler,
///     else => handler,                            // if given, last
/// }
/// ```
///
/// Its value is the handler's. All futures are made first, also those whose `condition` is false;
/// these are not polled. Then the others are polled, from one by chance on, so that none that is
/// always ready keeps others from their turn; with `biased;` in the order written. Where an output
/// does not match its `pattern`, that branch is out, and the others go on. When all branches are
/// out, `else` runs.
///
/// Handlers stand where the macro does: they may `return`, `break`, `?` and `.await`, and use what
/// the futures borrow, since those are dropped before. To go on with a future in a loop, give the
/// macro `&mut future`, [pinned](crate::pin).
///
/// The syntax and its meaning are those of
/// [tokio's](https://docs.rs/tokio/1.54.1/tokio/macro.select.html).
///
/// # Panics
///
/// When all branches are out and there is no `else`.
///
/// # Cancellation safety
///
/// That of each branch: the futures of those that are not chosen are dropped where they wait. Those
/// whose documentation says that they are cancellation safe lose nothing by that.
///
/// # Examples
///
/// A connection that ends when its client is silent for too long, or when the server ends:
///
/// ```
/// use heist::io::AsyncWriteExt;
/// use heist::net::{TcpListener, TcpStream};
/// use heist::task::CancellationToken;
/// use heist::time::{Duration, sleep};
///
/// async fn echo(mut stream: TcpStream, shutdown: CancellationToken) -> std::io::Result<()> {
///     let mut buf = [0; 1024];
///     loop {
///         let len = heist::select! {
///             read = stream.read(&mut buf) => read?,
///             () = sleep(Duration::from_secs(60)) => return Ok(()),
///             () = shutdown.cancelled() => return Ok(()),
///         };
///         if len == 0 {
///             return Ok(());
///         }
///         stream.write_all(&buf[..len]).await?;
///     }
/// }
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let client = TcpStream::connect(listener.local_addr()?).await?;
/// # let shutdown = CancellationToken::new();
/// # let server = heist::spawn(echo(listener.accept().await?.0, shutdown.clone()));
/// # (&client).write_all(b"ping").await?;
/// # assert_eq!(client.read(&mut [0; 4]).await?, 4);
/// # shutdown.cancel();
/// # server.await.unwrap()
/// # }
/// ```
#[macro_export]
macro_rules! select {
    (@all ($first:expr) [$($total:tt)*] [$(
        [$($before:tt)*] [$($nth:tt)*] ($pattern:pat) ($future:expr) ($condition:expr) ($handler:expr)
    )+] ($otherwise:expr)) => {{
        let mut is_out = [ $( !$condition ),+ ];
        let mut chosen = {
            // First as they are: what they borrow of the expressions lives as long as this.
            let futures = ( $( $future, )+ );
            let mut futures = ( $( {
                let ( $($before)* future, .. ) = futures;
                $crate::macros::support::IntoFuture::into_future(future)
            }, )+ );
            // What polls them borrows them, so that it cannot be moved with them.
            let futures = &mut futures;
            $crate::macros::support::poll_fn(|cx| {
                // Without budget none would get further.
                $crate::macros::support::ready!($crate::macros::support::poll_budget_available(cx));
                let total = 0u32 $($total)*;
                let first: u32 = $first(total);
                let mut is_pending = false;
                for turn in 0..total {
                    let nth = (first + turn) % total;
                    if is_out[nth as usize] {
                        continue;
                    }
                    // An output may be of a type that has no values.
                    $( #[allow(unreachable_code)] if nth == 0 $($nth)* {
                        let ( $($before)* future, .. ) = &mut *futures;
                        // SAFETY: in a variable that nobody else can name, and that is not moved.
                        let future = unsafe { $crate::macros::support::Pin::new_unchecked(future) };
                        // Not in the arm for `Ready`: by its `continue` an output whose type
                        // nothing else tells is `()`.
                        let output = match $crate::macros::support::Future::poll(future, cx) {
                            $crate::macros::support::Poll::Ready(output) => output,
                            $crate::macros::support::Poll::Pending => {
                                is_pending = true;
                                continue;
                            }
                        };
                        is_out[nth as usize] = true;
                        #[allow(unused_variables, unused_mut)]
                        let matches = match &output {
                            $crate::macros::support::select_priv_clean_pattern!($pattern) => true,
                            _ => false,
                        };
                        if matches {
                            let chosen = $crate::macros::support::Either::First(output);
                            return $crate::macros::support::Poll::Ready(
                                $crate::select!(@either [$($nth)*] (chosen))
                            );
                        }
                    } )+
                }
                match is_pending {
                    true => $crate::macros::support::Poll::Pending,
                    false => $crate::macros::support::Poll::Ready(
                        $crate::select!(@either [$($total)*] ($crate::macros::support::NoneLeft))
                    ),
                }
            }).await
        };
        match chosen {
            $( $crate::select!(@either [$($nth)*]
                ($crate::macros::support::Either::First($pattern))) => $handler, )+
            $crate::select!(@either [$($total)*] ($crate::macros::support::NoneLeft)) => $otherwise,
            _ => unreachable!("it has matched before"),
        }
    }};

    // So far down a chain. Four at a time, as macros may not be nested too deeply.
    (@either [+ 1 + 1 + 1 + 1 $($rest:tt)*] ($($inner:tt)*)) => {
        $crate::macros::support::Either::Second($crate::macros::support::Either::Second(
            $crate::macros::support::Either::Second($crate::macros::support::Either::Second(
                $crate::select!(@either [$($rest)*] ($($inner)*))
            ))
        ))
    };
    (@either [+ 1 $($rest:tt)*] ($($inner:tt)*)) => {
        $crate::macros::support::Either::Second(
            $crate::select!(@either [$($rest)*] ($($inner)*))
        )
    };
    (@either [] ($($inner:tt)*)) => { $($inner)* };

    (@branch $first:tt [$($b:tt)*] [$($n:tt)*] [$($done:tt)*]) => {
        $crate::select!(@all $first [$($n)*] [$($done)*]
            (panic!("all branches are disabled and there is no else branch")))
    };
    (@branch $first:tt [$($b:tt)*] [$($n:tt)*] [$($done:tt)*] else => $otherwise:expr $(,)?) => {
        $crate::select!(@all $first [$($n)*] [$($done)*] ($otherwise))
    };
    (@branch $first:tt [$($b:tt)*] [$($n:tt)*] [$($done:tt)*]
        $p:pat = $f:expr, if $c:expr => $h:block, $($rest:tt)*) => {
        $crate::select!(@branch $first [$($b)* _,] [$($n)* + 1]
            [$($done)* [$($b)*] [$($n)*] ($p) ($f) ($c) ($h)] $($rest)*)
    };
    (@branch $first:tt [$($b:tt)*] [$($n:tt)*] [$($done:tt)*]
        $p:pat = $f:expr => $h:block, $($rest:tt)*) => {
        $crate::select!(@branch $first [$($b)* _,] [$($n)* + 1]
            [$($done)* [$($b)*] [$($n)*] ($p) ($f) (true) ($h)] $($rest)*)
    };
    (@branch $first:tt [$($b:tt)*] [$($n:tt)*] [$($done:tt)*]
        $p:pat = $f:expr, if $c:expr => $h:block $($rest:tt)*) => {
        $crate::select!(@branch $first [$($b)* _,] [$($n)* + 1]
            [$($done)* [$($b)*] [$($n)*] ($p) ($f) ($c) ($h)] $($rest)*)
    };
    (@branch $first:tt [$($b:tt)*] [$($n:tt)*] [$($done:tt)*]
        $p:pat = $f:expr => $h:block $($rest:tt)*) => {
        $crate::select!(@branch $first [$($b)* _,] [$($n)* + 1]
            [$($done)* [$($b)*] [$($n)*] ($p) ($f) (true) ($h)] $($rest)*)
    };
    (@branch $first:tt [$($b:tt)*] [$($n:tt)*] [$($done:tt)*]
        $p:pat = $f:expr, if $c:expr => $h:expr $(, $($rest:tt)*)?) => {
        $crate::select!(@branch $first [$($b)* _,] [$($n)* + 1]
            [$($done)* [$($b)*] [$($n)*] ($p) ($f) ($c) ($h)] $($($rest)*)?)
    };
    (@branch $first:tt [$($b:tt)*] [$($n:tt)*] [$($done:tt)*]
        $p:pat = $f:expr => $h:expr $(, $($rest:tt)*)?) => {
        $crate::select!(@branch $first [$($b)* _,] [$($n)* + 1]
            [$($done)* [$($b)*] [$($n)*] ($p) ($f) (true) ($h)] $($($rest)*)?)
    };

    ($(biased;)?) => { compile_error!("select! requires at least one branch.") };
    (biased; else => $otherwise:expr $(,)?) => {{ $otherwise }};
    (else => $otherwise:expr $(,)?) => {{ $otherwise }};
    (biased; $($branches:tt)+) => {
        $crate::select!(@branch ((|_| 0)) [] [] [] $($branches)+)
    };
    ($($branches:tt)+) => {
        $crate::select!(@branch ($crate::macros::support::thread_rng_n) [] [] [] $($branches)+)
    };
}
