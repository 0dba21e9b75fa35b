//! The attributes `#[heist::main]` and `#[heist::test]`, and a helper of `heist::select!`.
//!
//! They run at compile time only. `args` parses the arguments, `function` finds the parts of the
//! function, `entry` checks them and generates the new function; `pattern` is for `select!`.
//! Invariant: every mistake becomes a compile error at the user's own tokens, and the user's
//! function reaches the compiler unchanged, inside the new one.

#![cfg_attr(
    not(test),
    allow(
        clippy::useless_conversion,
        reason = "in tests the tokens are of another type"
    )
)]

mod args;
mod entry;
mod function;
mod pattern;
mod tokens;

use proc_macro::TokenStream;

use crate::entry::Kind;

/// Runs an `async fn main` on a multi-threaded heist runtime.
///
/// ```
/// #[heist::main]
/// async fn main() -> Result<(), heist::task::JoinError> {
///     let answer = heist::spawn(async { 42 }).await?;
///     assert_eq!(answer, 42);
///     Ok(())
/// }
/// ```
///
/// is short for
///
/// ```
/// fn main() -> Result<(), heist::task::JoinError> {
///     async fn main() -> Result<(), heist::task::JoinError> {
///         let answer = heist::spawn(async { 42 }).await?;
///         assert_eq!(answer, 42);
///         Ok(())
///     }
///     heist::runtime::Builder::new().build().unwrap().block_on(main())
/// }
/// ```
///
/// The function may have any name, visibility, attributes and return type that a synchronous
/// function in its place may have. When it returns, the runtime is dropped: tasks that still run
/// are cancelled, and its threads are joined.
///
/// # Arguments
///
/// - `worker_threads = N`: how many threads poll tasks, at least 1. The default is the runtime's:
///   one for each core that this process may use.
/// - `name = "NAME"`: the runtime's name; see `heist::runtime::Builder::name`.
/// - `start_paused = true`: pauses the clock from the start, like `heist::time::pause`. For tests,
///   and only with heist's feature `test-util`.
/// - `tokio`: starts a tokio runtime as well, for libraries that need one; see `heist::tokio`. Only
///   with heist's feature `tokio`.
/// - `crate = "path"`: the path of heist, for a macro or library that re-exports it. The default is
///   `::heist`.
///
/// ```
/// mod web {
///     pub use heist as runtime_of_choice;
/// }
///
/// #[heist::main(worker_threads = 2, crate = "web::runtime_of_choice")]
/// async fn main() {
///     web::runtime_of_choice::task::yield_now().await;
/// }
/// ```
///
/// There is no `flavor`: the attribute always starts a multi-threaded runtime, and
/// `worker_threads = 1` gives it a single worker. To run tasks on the calling thread, use
/// `Builder::build_current_thread`.
///
/// # Panics
///
/// The new function panics with the reason if the runtime cannot start, for example because the
/// system refuses a thread or a file descriptor. Use `heist::runtime::Builder` in a synchronous
/// `main` to handle that error, or for settings that these arguments do not cover.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(Kind::Main, args.into(), item.into()).into()
}

/// Runs an `async fn` as a test, on a runtime of its own.
///
/// ```
/// #[heist::test]
/// async fn tasks_return_values() {
///     assert_eq!(heist::spawn(async { 1 + 1 }).await.unwrap(), 2);
/// }
///
/// #[heist::test(worker_threads = 1)]
/// #[should_panic(expected = "no such luck")]
/// async fn panics_are_seen() {
///     panic!("no such luck");
/// }
/// ```
///
/// The attribute includes `#[test]`, which must not be given again; `#[should_panic]`, `#[ignore]`
/// and `Result` as the return type work as usual.
///
/// # Arguments
///
/// The same as those of [`#[heist::main]`](macro@main), except that `worker_threads` defaults to 2
/// on any machine. Thus a test has real parallelism, and a hundred tests in parallel on a large
/// machine do not start thousands of threads.
///
/// # Panics
///
/// The test fails with the reason if the runtime cannot start.
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(Kind::Test, args.into(), item.into()).into()
}

/// Returns a pattern that matches the same values as the given one, by reference. Only for
/// `heist::select!`.
#[doc(hidden)]
#[proc_macro]
pub fn select_priv_clean_pattern(pattern: TokenStream) -> TokenStream {
    pattern::by_reference(pattern.into()).into()
}
