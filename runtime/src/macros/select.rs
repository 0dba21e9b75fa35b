//! `select!`: the first of several branches.
//!
//! It works in two steps. `@branch` takes one branch after the other, normalises it (to a pattern,
//! a future, a condition, and a handler), and numbers it: it collects one `_,` per preceding
//! branch, by which its future is reached in a tuple, and one `+ 1` per preceding branch. `@all`
//! generates the code from that. The output of the chosen branch leaves the loop in a chain of
//! [`Either`](super::either::Either), nested as deep as the branch's number (`@either`), so that
//! handlers run where the macro is invoked, and may `return`, `break` or use what the futures had
//! borrowed.

/// Waits for several branches at once, in the current task, and runs the handler of the first that
/// becomes ready; the other branches are dropped.
///
/// ```text
/// heist::select! {
///     biased;                                     // optional: polled in the order written
///     pattern = future => handler,                // any number of branches, at most 64
///     pattern = future, if condition => handler,
///     else => handler,                            // optional, last
/// }
/// ```
///
/// Its value is the handler's. All futures are created first, even those whose `condition` is
/// false; these are not polled. Then the others are polled, starting from a random one, so that a
/// branch that is always ready does not starve the others; with `biased;`, in the order written. If
/// an output does not match its `pattern`, that branch is disabled, and the others continue. When
/// all branches are disabled, `else` runs.
///
/// Handlers are part of the surrounding code: they may use `return`, `break`, `?` and `.await`, and
/// what the futures borrow, since those are dropped before. To continue with a future in a loop,
/// pass `&mut future`, [pinned](crate::pin).
///
/// The syntax and its meaning are those of
/// [tokio's](https://docs.rs/tokio/1.54.1/tokio/macro.select.html).
///
/// # Panics
///
/// Panics if all branches are disabled and there is no `else`.
///
/// # Cancellation safety
///
/// The same as that of each branch: the futures of the branches that are not chosen are dropped
/// where they wait. Futures documented as cancellation safe lose nothing by that.
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
            // First unconverted, since temporaries that they borrow live as long as this variable.
            let futures = ( $( $future, )+ );
            let mut futures = ( $( {
                let ( $($before)* future, .. ) = futures;
                $crate::macros::support::IntoFuture::into_future(future)
            }, )+ );
            // The closure below borrows the futures, so they cannot be moved with it.
            let futures = &mut futures;
            $crate::macros::support::poll_fn(|cx| {
                // Without budget no future would make progress.
                $crate::macros::support::ready!($crate::macros::support::poll_budget_available(cx));
                let total = 0u32 $($total)*;
                let first: u32 = $first(total);
                let mut is_pending = false;
                for turn in 0..total {
                    let nth = (first + turn) % total;
                    if is_out[nth as usize] {
                        continue;
                    }
                    // An output may be of an uninhabited type.
                    $( #[allow(unreachable_code)] if nth == 0 $($nth)* {
                        let ( $($before)* future, .. ) = &mut *futures;
                        // SAFETY: in a variable that no other code can name, and that is not moved.
                        let future = unsafe { $crate::macros::support::Pin::new_unchecked(future) };
                        // Not in the arm for `Ready`: because of its `continue`, an output whose
                        // type is not otherwise known would become `()`.
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

    // Nests `$inner` this deep in the chain. Four levels at a time, since macros may not recurse
    // too deeply.
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
