//! Waiting in a loom model, which knows neither descriptors nor time: a wait with a deadline
//! passes it, and one without ends with a wake-up, or never.

use super::{RawSource, key::Key};
use crate::poller::Ready;
use loom::sync::Notify;
use std::io;
use std::time::Instant;

pub(crate) const SHORT_READ_DRAINS: bool = true;

pub(super) const KEY_BITS: u32 = u64::BITS;

pub(super) struct Backend {
    wake: Notify,
}

pub(super) struct Events;

impl Events {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) fn clear(&mut self) {}

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, Ready)> {
        std::iter::empty()
    }
}

impl Backend {
    pub(super) fn new() -> io::Result<Self> {
        let wake = Notify::new();
        Ok(Self { wake })
    }

    pub(super) unsafe fn register(&self, _raw: RawSource, _key: Key) -> io::Result<()> {
        Ok(())
    }

    pub(super) unsafe fn deregister(&self, _raw: RawSource) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn needs_rearm(&self) -> bool {
        false
    }

    pub(super) unsafe fn rearm(
        &self,
        _raw: RawSource,
        _key: Key,
        _read: bool,
        _write: bool,
    ) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn wake(&self) -> io::Result<()> {
        self.wake.notify();
        Ok(())
    }

    pub(super) fn wait(&self, _events: &mut Events, deadline: Option<Instant>) -> io::Result<()> {
        if deadline.is_none() {
            self.wake.wait();
        }
        Ok(())
    }

    pub(super) fn poll(&self, _events: &mut Events, _most: usize) -> io::Result<()> {
        Ok(())
    }
}
