//! Waiting in a loom model, which has neither descriptors nor time: a wait with a deadline returns
//! at once, and one without a deadline ends by a wake-up or never.

use crate::platform::{Batch, Polling, RawSource};
use crate::readiness::{Interest, Ready};
use loom::sync::Notify;
use std::io;
use std::time::Instant;

pub(crate) struct Poller {
    wake: Notify,
}

pub(crate) struct Events;

impl Batch for Events {
    fn new() -> Self {
        Self
    }

    fn clear(&mut self) {}

    fn iter(&self) -> impl Iterator<Item = (u64, Ready)> {
        std::iter::empty()
    }
}

impl Polling for Poller {
    type Events = Events;

    const SHORT_READ_DRAINS: bool = true;
    const KEY_BITS: u32 = u64::BITS;

    fn new() -> io::Result<Self> {
        let wake = Notify::new();
        Ok(Self { wake })
    }

    unsafe fn register(&self, _raw: RawSource, _key: u64, _watched: Interest) -> io::Result<()> {
        Ok(())
    }

    unsafe fn deregister(&self, _raw: RawSource) -> io::Result<()> {
        Ok(())
    }

    fn wake(&self) -> io::Result<()> {
        self.wake.notify();
        Ok(())
    }

    fn wait(&self, _events: &mut Events, deadline: Option<Instant>) -> io::Result<()> {
        if deadline.is_none() {
            self.wake.wait();
        }
        Ok(())
    }

    fn poll(&self, _events: &mut Events, _most: usize) -> io::Result<()> {
        Ok(())
    }
}
