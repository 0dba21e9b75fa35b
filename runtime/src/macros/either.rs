//! Which branch of `select!` was chosen.

/// This one's output, or that of one of those after it.
#[derive(Debug)]
pub enum Either<First, Rest> {
    /// This one's.
    First(First),
    /// One of those after it.
    Second(Rest),
}

/// The end of a chain of them: all branches are disabled.
#[derive(Debug)]
pub struct NoneLeft;
