//! Standard input, output and error.

use super::streams::TokioIo;
use heist_io::generic;

/// The process's standard input; see [`stdin`].
pub type Stdin = generic::Stdin<TokioIo>;
/// The process's standard output; see [`stdout`].
pub type Stdout = generic::Stdout<TokioIo>;
/// The process's standard error; see [`stderr`].
pub type Stderr = generic::Stderr<TokioIo>;

/// Returns the process's standard input.
///
/// A read that has begun cannot be cancelled: the shutdown of the runtime waits for it.
pub fn stdin() -> Stdin {
    generic::stdin()
}

/// Returns the process's standard output.
///
/// A write passes the bytes to a blocking thread; only `flush` reports whether they were written,
/// and any error. Each handle keeps its own order: use a single handle for output that belongs
/// together.
pub fn stdout() -> Stdout {
    generic::stdout()
}

/// Returns the process's standard error; see [`stdout`].
pub fn stderr() -> Stderr {
    generic::stderr()
}
