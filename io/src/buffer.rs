//! `Buffer`: the bytes in transit between a stream and a blocking thread.

use crate::poll::Destination;
use std::io::{self, IoSlice, Read, Write};

/// The most that a blocking thread reads or writes at once: tokio's value.
pub(crate) const MAX_BUFFER: usize = 2 * 1024 * 1024;

/// `bytes[start..end]` was read and not yet taken, or is to be written. The rest is kept so that it
/// need not be initialized for every read.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Moves as many bytes to `into` as it has room for.
    pub(crate) fn take_into(&mut self, into: &mut impl Destination) {
        let len = self.len().min(into.room());
        into.put(&self.bytes[self.start..][..len]);
        self.start += len;
    }

    /// Replaces the content with the first bytes of the buffers, at most `max`, and returns their
    /// number.
    pub(crate) fn fill(&mut self, bufs: &[IoSlice<'_>], max: usize) -> usize {
        self.clear();
        for buf in bufs {
            let new = &buf[..buf.len().min(max - self.end)];
            let end = self.end + new.len();
            if end <= self.bytes.len() {
                self.bytes[self.end..end].copy_from_slice(new);
            } else {
                self.bytes.truncate(self.end);
                self.bytes.extend_from_slice(new);
            }
            self.end = end;
        }
        self.end
    }

    /// Replaces the content with the result of one read.
    pub(crate) fn read_from(&mut self, reader: &mut impl Read, max: usize) -> io::Result<()> {
        self.clear();
        if self.bytes.len() < max {
            self.bytes.resize(max, 0);
        }
        loop {
            match reader.read(&mut self.bytes[..max]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(len) => {
                    self.end = len;
                    return Ok(());
                }
            }
        }
    }

    /// Writes the whole content.
    pub(crate) fn write_to(&mut self, writer: &mut impl Write) -> io::Result<()> {
        let written = writer.write_all(&self.bytes[self.start..self.end]);
        self.clear();
        written
    }
}
