//! `pin!`: std's, for variables and for several at once.

/// Pins futures to the stack; as [tokio's](https://docs.rs/tokio/1.54.1/tokio/macro.pin.html).
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
