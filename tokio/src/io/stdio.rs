//! Standard input, output and error.

use super::streams::TokioIo;
use heist_io::generic;

/// The process's standard input; see [`stdin`].
pub type Stdin = generic::Stdin<TokioIo>;
/// The process's standard output; see [`stdout`].
pub type Stdout = generic::Stdout<TokioIo>;
/// The process's standard error; see [`stderr`].
pub type Stderr = generic::Stderr<TokioIo>;

/// The process's standard input.
///
/// A read that has begun cannot be cancelled: the runtime's end waits for it.
pub fn stdin() -> Stdin {
    generic::stdin()
}

/// The process's standard output.
///
/// A write gives the bytes to a blocking thread; that they have been written, and what is wrong
/// with them, only `flush` says. Each handle has its own order: use one for what belongs together.
pub fn stdout() -> Stdout {
    generic::stdout()
}

/// The process's standard error; as [`stdout`].
pub fn stderr() -> Stderr {
    generic::stderr()
}
