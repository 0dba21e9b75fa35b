//! The result of `select!`: which branch was chosen.

/// The output of this branch, or of one of the branches after it.
#[derive(Debug)]
pub enum Either<First, Rest> {
    /// The output of this branch.
    First(First),
    /// The output of a branch after it.
    Second(Rest),
}

/// The end of the chain: all branches are disabled.
#[derive(Debug)]
pub struct NoneLeft;
