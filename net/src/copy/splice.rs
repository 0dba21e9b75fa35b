//! Bytes moved by `splice` through a pipe, without copying them to this process.
//!
//! Splicing pays for large amounts only. A direction starts with the buffer, changes to the pipe
//! when much arrives at a time, and back when little does. The same buffer takes over where
//! `splice` does not work. The invariant: bytes are in the pipe or in the buffer, never in both.

use std::io;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use heist_runtime::io::{AsSource, AsyncFd, Direction, Interest};
use rustix::io::Errno;

use super::buffer::Buffer;
use super::pipe::Held;
use super::transfer::Carry;
use crate::stream::sealed::{ReadFd, ReadSide, WriteSide};

/// The number of bytes per read from which splicing costs less than a read and a write: for
/// requests and replies over loopback the two break even at 16 KiB, and at 64 KiB splicing takes a
/// quarter less.
const WORTHWHILE: usize = 32 * 1024;

/// The carrier of one direction.
#[derive(Default)]
pub(super) struct Splice {
    way: Way,
    /// Present only while it holds bytes.
    pipe: Option<Held>,
    buffer: Buffer,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Way {
    #[default]
    Buffer,
    Pipe,
    /// `splice` does not work between the two.
    BufferOnly,
}

/// The outcome of an attempt to fill a pipe.
enum Filled {
    /// The pipe holds bytes.
    Pipe(Held),
    /// The stream has ended.
    End,
    /// A read is better than a splice, this time or from now on.
    Instead(Way),
}

impl Splice {
    /// Splices the pipe's bytes to the writer, or returns `None` if they must be written from the
    /// buffer.
    fn poll_drain<W: WriteSide>(
        &mut self,
        cx: &mut Context<'_>,
        writer: &W,
        mut pipe: Held,
    ) -> Poll<io::Result<Option<usize>>> {
        let mut is_refused = false;
        // A short count of a splice proves nothing about readiness: a signal ends it early, too.
        let polled =
            writer
                .write_io()
                .poll_io(Direction::Write, cx, |fd| match pipe.drain(fd.source()) {
                    Err(error) if is_unsupported(error) => {
                        is_refused = true;
                        Ok(0)
                    }
                    result => Ok(result?),
                });
        if is_refused {
            self.way = Way::BufferOnly;
            self.buffer.keep(pipe.read_out()?);
            return Poll::Ready(Ok(None));
        }
        if pipe.filled() > 0 {
            self.pipe = Some(pipe);
        }
        polled.map_ok(Some)
    }
}

impl<R, W> Carry<R, W> for Splice
where
    R: ReadSide + AsyncRead + Unpin,
    W: WriteSide + AsyncWrite + Unpin,
{
    fn poll_carry(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<usize>> {
        if self.pipe.is_none() && self.way == Way::Pipe && self.buffer.is_empty() {
            match ready!(poll_fill(cx, reader))? {
                Filled::End => return Poll::Ready(Ok(0)),
                Filled::Pipe(pipe) => {
                    if pipe.filled() < WORTHWHILE {
                        self.way = Way::Buffer;
                    }
                    self.pipe = Some(pipe);
                }
                Filled::Instead(way) => self.way = way,
            }
        }
        if let Some(pipe) = self.pipe.take() {
            if let Some(count) = ready!(self.poll_drain(cx, writer, pipe))? {
                return Poll::Ready(Ok(count));
            }
        }
        let count = ready!(self.buffer.poll_carry(cx, reader, writer))?;
        if self.way == Way::Buffer && self.buffer.last_read >= WORTHWHILE {
            self.way = Way::Pipe;
        }
        Poll::Ready(Ok(count))
    }

    fn poll_close(&mut self, _cx: &mut Context<'_>, writer: &mut W) -> Poll<io::Result<()>> {
        Poll::Ready(writer.close_write())
    }
}

/// Splices available bytes into an empty pipe.
fn poll_fill<R: ReadSide>(cx: &mut Context<'_>, reader: &R) -> Poll<io::Result<Filled>> {
    let source = reader.read_io();
    // Taken only when there is something to read, since it may fail.
    let mut empty = None;
    source.poll_io(Direction::Read, cx, |fd| {
        let taken = empty.take().map_or_else(Held::take, Ok);
        let Ok(mut pipe) = taken else {
            // No descriptors or no memory are left. A later attempt may succeed.
            return Ok(Filled::Instead(Way::Buffer));
        };
        match pipe.fill(fd.source()) {
            Ok(0) => Ok(Filled::End),
            Ok(_) => Ok(Filled::Pipe(pipe)),
            Err(Errno::AGAIN) if has_urgent_data(source) => Ok(Filled::Instead(Way::BufferOnly)),
            Err(error) if is_unsupported(error) => Ok(Filled::Instead(Way::BufferOnly)),
            Err(error) => {
                empty = Some(pipe);
                Err(error.into())
            }
        }
    })
}

/// Whether the stream carries urgent data. Unlike `read`, `splice` never moves past the urgent
/// mark, and reports there that nothing is available.
fn has_urgent_data<T: ReadFd>(source: &AsyncFd<T>) -> bool {
    source.try_io(Interest::PRIORITY, |_| Ok(())).is_ok()
}

/// Whether `splice` itself is what fails, between these descriptors, on this file system, or in
/// this sandbox. If the descriptor is at fault after all, the read or write that follows reports
/// it.
fn is_unsupported(error: Errno) -> bool {
    matches!(
        error,
        Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM
    )
}
