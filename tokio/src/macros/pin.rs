//! From tokio 1.54.1, under the MIT licence that is in LICENSE-TOKIO, but for the documentation.

/// Pins futures to the stack; as [tokio's](https://docs.rs/tokio/1.54.1/tokio/macro.pin.html).
#[macro_export]
macro_rules! pin {
    ($($x:ident),*) => { $(
        // Move the value to ensure that it is owned
        let mut $x = $x;
        // Shadow the original binding so that it can't be directly accessed
        // ever again.
        #[allow(unused_mut)]
        let mut $x = unsafe {
            $crate::macros::support::Pin::new_unchecked(&mut $x)
        };
    )* };
    ($(
            let $x:ident = $init:expr;
    )*) => {
        $(
            let $x = $init;
            $crate::pin!($x);
        )*
    };
}
