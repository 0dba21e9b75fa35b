//! Identifies a process by its id, which a forked child does not share.

use crate::platform::Belonging;
use std::process;

pub(crate) struct Home(u32);

impl Belonging for Home {
    fn here() -> Self {
        Self(process::id())
    }

    fn is_left(&self) -> bool {
        process::id() != self.0
    }
}
