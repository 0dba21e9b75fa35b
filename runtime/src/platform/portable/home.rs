//! No information about forks.

use crate::platform::Belonging;

pub(crate) struct Home;

impl Belonging for Home {
    fn here() -> Self {
        Self
    }

    fn is_left(&self) -> bool {
        false
    }
}
