//! `IntervalStream`: the ticks of an interval as a stream.

use super::{Instant, Interval};
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The ticks of an [`Interval`] as a stream that never ends.
///
/// # Examples
///
/// ```
/// use heist::stream::StreamExt;
/// use heist::time::{Duration, IntervalStream, interval};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let ticks = IntervalStream::new(interval(Duration::from_millis(2)));
/// let three: Vec<_> = ticks.take(3).collect().await;
/// assert_eq!(three[2] - three[1], Duration::from_millis(2));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct IntervalStream {
    inner: Interval,
}

impl IntervalStream {
    /// Creates the stream.
    pub fn new(interval: Interval) -> Self {
        Self { inner: interval }
    }

    /// Returns the interval.
    pub fn into_inner(self) -> Interval {
        self.inner
    }
}

impl AsRef<Interval> for IntervalStream {
    fn as_ref(&self) -> &Interval {
        &self.inner
    }
}

impl AsMut<Interval> for IntervalStream {
    fn as_mut(&mut self) -> &mut Interval {
        &mut self.inner
    }
}

impl Stream for IntervalStream {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        self.inner.poll_tick(cx).map(Some)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}
