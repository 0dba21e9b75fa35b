//! Which of several futures is polled first.

/// Says which is first at each poll.
pub trait Turns: Default {
    /// The next one's number, below `total`.
    fn next(&mut self, total: u32) -> u32;
}

/// Each has its turn, so that none uses up the budget of the others for good.
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

/// Always the one that is written first.
#[derive(Default, Debug)]
pub struct InOrder;

impl Turns for InOrder {
    #[inline]
    fn next(&mut self, _total: u32) -> u32 {
        0
    }
}
