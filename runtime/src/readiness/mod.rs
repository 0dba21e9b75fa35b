//! What a descriptor can be ready for and what an operation waits for: sets of bits, no state.

mod direction;
mod interest;
mod ready;

pub use direction::Direction;
pub use interest::Interest;
pub use ready::Ready;
