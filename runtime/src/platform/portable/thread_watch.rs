//! No information about threads: a worker that makes no progress is taken for waiting.

use crate::platform::Watching;
use std::time::Duration;

#[derive(Default)]
pub(crate) struct ThreadWatch(());

impl Watching for ThreadWatch {
    fn note_progress(&mut self, _thread: i32) {}

    fn computed(&self) -> Option<Duration> {
        None
    }

    fn waits(&mut self) -> Option<bool> {
        None
    }

    fn close(&mut self) {}
}
