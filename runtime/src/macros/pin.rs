//! `pin!`: std's, for variables and for several futures at once.

/// Pins futures to the stack, so that they can be polled or awaited by reference.
///
/// It takes either variables, which it replaces, or `let` statements, like
/// [tokio's](https://docs.rs/tokio/1.54.1/tokio/macro.pin.html). In contrast, [`std::pin::pin!`] is
/// an expression.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, sleep};
///
/// # #[heist::main]
/// # async fn main() {
/// let deadline = sleep(Duration::from_millis(5));
/// heist::pin!(deadline);
/// // The same future in each iteration.
/// let mut turns = 0;
/// loop {
///     heist::select! {
///         () = &mut deadline => break,
///         () = heist::task::yield_now() => turns += 1,
///     }
/// }
/// assert!(turns > 0);
/// # }
/// ```
#[macro_export]
macro_rules! pin {
    ($($future:ident),*) => { $(
        #[allow(unused_mut)]
        let mut $future = $crate::macros::support::pin!($future);
    )* };
    ($( let $future:ident = $made:expr; )*) => { $(
        #[allow(unused_mut)]
        let mut $future = $crate::macros::support::pin!($made);
    )* };
}
