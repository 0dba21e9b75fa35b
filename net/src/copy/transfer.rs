//! One direction's course from the first byte to the end, and two of them at once.
//!
//! The carrier ([`Carry`]) moves the bytes; this module counts them, and makes sure that other
//! tasks get their turns.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use heist_runtime::task::poll_proceed;

/// Bytes of one direction after which a poll ends: about 100 µs' worth on loopback, where they move
/// fastest. The budget alone would allow some milliseconds.
const PER_POLL: usize = 512 * 1024;

/// Carries bytes from a reader to a writer.
pub(super) trait Carry<R: ?Sized, W: ?Sized> {
    /// Moves bytes, and returns how many the writer has taken: 0 once the reader has ended and all
    /// of its bytes are written and flushed.
    fn poll_carry(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<usize>>;

    /// Ends the stream that the writer writes.
    fn poll_close(&mut self, cx: &mut Context<'_>, writer: &mut W) -> Poll<io::Result<()>>;
}

/// One direction.
#[derive(Default)]
pub(super) struct Transfer<C> {
    carrier: C,
    copied: u64,
    stage: Stage,
}

#[derive(Clone, Copy, Default)]
enum Stage {
    #[default]
    Copying,
    Closing,
    Done,
}

impl<C> Transfer<C> {
    /// Copies all bytes, and leaves the writer open. Ready with their number.
    fn poll_copy<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<u64>>
    where
        R: ?Sized,
        W: ?Sized,
        C: Carry<R, W>,
    {
        let mut moved = 0;
        while moved < PER_POLL {
            // Readers and writers that are not the runtime's spend no budget themselves.
            let progress = ready!(poll_proceed(cx));
            let count = ready!(self.carrier.poll_carry(cx, reader, writer))?;
            progress.made();
            if count == 0 {
                return Poll::Ready(Ok(self.copied));
            }
            moved += count;
            self.copied += count as u64;
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Copies all bytes, then closes the writer.
    fn poll_copy_and_close<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<u64>>
    where
        R: ?Sized,
        W: ?Sized,
        C: Carry<R, W>,
    {
        loop {
            match self.stage {
                Stage::Copying => {
                    ready!(self.poll_copy(cx, reader, writer))?;
                    self.stage = Stage::Closing;
                }
                Stage::Closing => {
                    ready!(self.carrier.poll_close(cx, writer))?;
                    self.stage = Stage::Done;
                }
                Stage::Done => return Poll::Ready(Ok(self.copied)),
            }
        }
    }
}

/// Copies one way.
pub(super) async fn one_way<C, R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    C: Carry<R, W> + Default,
    R: ?Sized,
    W: ?Sized,
{
    let mut transfer = Transfer::<C>::default();
    poll_fn(|cx| transfer.poll_copy(cx, reader, writer)).await
}

/// Copies both ways until both have ended, or one has failed.
pub(super) async fn both_ways<C, A, B>(a: &mut A, b: &mut B) -> io::Result<(u64, u64)>
where
    C: Carry<A, B> + Carry<B, A> + Default,
    A: ?Sized,
    B: ?Sized,
{
    let mut there = Transfer::<C>::default();
    let mut back = Transfer::<C>::default();
    poll_fn(|cx| {
        // Both are polled before either is waited for.
        let a_to_b = there.poll_copy_and_close(cx, a, b)?;
        let b_to_a = back.poll_copy_and_close(cx, b, a)?;
        Poll::Ready(Ok((ready!(a_to_b), ready!(b_to_a))))
    })
    .await
}
