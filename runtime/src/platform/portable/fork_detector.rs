//! Identifies a process by its id, which a forked child does not share.

use crate::platform::ForkDetecting;
use std::process;

pub(crate) struct ForkDetector(u32);

impl ForkDetecting for ForkDetector {
    fn new() -> Self {
        Self(process::id())
    }

    fn is_forked_child(&self) -> bool {
        process::id() != self.0
    }
}
