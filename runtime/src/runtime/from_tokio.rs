//! Functions of tokio that heist does not need: they work, or fail to compile with a hint at what
//! to write instead.

use super::Builder;

impl Builder {
    #[doc(hidden)]
    #[deprecated(
        note = "heist has one kind of runtime with several threads: write `Builder::new()`"
    )]
    pub fn new_multi_thread() -> Self {
        Self::new()
    }

    #[doc(hidden)]
    #[deprecated(note = "leave it out: sockets and timers always work")]
    pub fn enable_all(&mut self) -> &mut Self {
        self
    }

    #[doc(hidden)]
    #[deprecated(note = "leave it out: sockets always work")]
    pub fn enable_io(&mut self) -> &mut Self {
        self
    }

    #[doc(hidden)]
    #[deprecated(note = "leave it out: timers always work")]
    pub fn enable_time(&mut self) -> &mut Self {
        self
    }

    /// Cannot be called, like `start_paused` below.
    #[doc(hidden)]
    pub fn new_current_thread() -> Self
    where
        for<'a> Self: CurrentThread<'a>,
    {
        Self::new()
    }

    /// The lifetime delays the compiler's error until the function is called.
    #[cfg(not(feature = "test-util"))]
    #[doc(hidden)]
    pub fn start_paused(&mut self, _paused: bool) -> &mut Self
    where
        for<'a> Self: TestUtil<'a>,
    {
        self
    }
}

/// Implemented by nothing.
#[diagnostic::on_unimplemented(
    message = "heist's builder is made by `Builder::new()`, also for a runtime on one thread",
    label = "write `Builder::new()` here, and `build_current_thread()` for `build()`",
    note = "with `worker_threads(1)` and `build()`, tasks have one worker, and continue when it stalls"
)]
pub trait CurrentThread<'a> {}

/// Implemented by nothing.
#[cfg(not(feature = "test-util"))]
#[diagnostic::on_unimplemented(
    message = "a clock that can be paused needs heist's feature `test-util`",
    label = "not available without the feature",
    note = "in Cargo.toml, `[dev-dependencies]`: heist = {{ …, features = [\"test-util\"] }}"
)]
pub trait TestUtil<'a> {}
