//! Boxes large futures and closures before they are passed on.
//!
//! On its way into a task a value is moved through a dozen functions. Moves of a small value are
//! free, or disappear by inlining; for a large one, each function that is not inlined takes up its
//! size on the stack. Every public function that takes a future or a closure therefore begins with
//! [`large_future`] or [`large_closure`]: the box is filled directly from the caller's variable,
//! and only its address is passed on.

/// Size in bytes above which a value is boxed. These are tokio's figures; a debug build inlines
/// nothing and copies at every step.
pub(crate) const LARGE: usize = if cfg!(debug_assertions) {
    2 << 10
} else {
    16 << 10
};

/// `large_future!(future: F => expression)` evaluates the expression, with the future boxed if it
/// is large. The condition is a compile-time constant, so the compiler omits the other branch, and
/// its copies of the future, in debug builds too.
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

/// Like [`large_future`], for closures.
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
