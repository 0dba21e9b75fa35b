//! The order in which several futures are polled.

/// Determines which future is polled first.
pub trait Turns: Default {
    /// Returns the number of the next one, below `total`.
    fn next(&mut self, total: u32) -> u32;
}

/// Each future is first in its turn, so that none permanently uses up the budget of the others.
#[derive(Default, Debug)]
pub struct InTurn(u32);

impl Turns for InTurn {
    #[inline]
    fn next(&mut self, total: u32) -> u32 {
        let next = self.0;
        self.0 = (next + 1) % total;
        next
    }
}

/// The future written first is always first.
#[derive(Default, Debug)]
pub struct InOrder;

impl Turns for InOrder {
    #[inline]
    fn next(&mut self, _total: u32) -> u32 {
        0
    }
}
