//! Large futures and closures go into a box before they are handed down.
//!
//! On its way into a task a value is moved through a dozen functions. Each move of a
//! small one is free, or gone when they are inlined; a large one takes its size of the
//! stack for each that is not. So every public function that takes a future or a closure
//! begins with [`large_future`] or [`large_closure`]: the box is filled from the caller's
//! own place, and only its address goes further.

/// From this many bytes on a value is boxed. tokio's figures; a debug build inlines
/// nothing, and copies at every step.
pub(crate) const LARGE: usize = if cfg!(debug_assertions) {
    2 << 10
} else {
    16 << 10
};

/// `large_future!(future: F => expression)`: the expression, with the future boxed in it if
/// it is large. The condition is a constant to the compiler, which so leaves the other
/// branch out, and its copies of the future, in debug builds too.
macro_rules! large_future {
    ($future:ident: $F:ty => $then:expr) => {
        if const { size_of::<$F>() > $crate::tasks::LARGE } {
            let $future = Box::pin($future);
            $then
        } else {
            $then
        }
    };
}

/// As [`large_future`], for what is called.
macro_rules! large_closure {
    ($closure:ident: $F:ty => $then:expr) => {
        if const { size_of::<$F>() > $crate::tasks::LARGE } {
            let $closure = Box::new($closure);
            $then
        } else {
            $then
        }
    };
}

pub(crate) use {large_closure, large_future};
