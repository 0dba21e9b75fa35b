//! What `tokio-console` sees of tasks: a span for each, entered while it is polled, and an event
//! for whatever is done with one of its wakers. Their names and fields are tokio's.
//!
//! Only in programs that are built for it: with the feature `tracing` (console-subscriber asks for
//! that) and `--cfg console_without_tokio_unstable`. In all others nothing is wrapped.

mod waker;

use std::mem;
use std::panic::Location;
use tracing::instrument::{Instrument, Instrumented};
use tracing::trace_span;
use waker::Watched;

/// Which kind of task, in the console's words.
pub(crate) const TASK: &str = "task";
pub(crate) const LOCAL: &str = "local";
pub(crate) const BLOCK_ON: &str = "block_on";

/// The future in its span.
#[track_caller]
pub(crate) fn task<F>(future: F, kind: &str, name: Option<&str>) -> Instrumented<Watched<F>> {
    let location = Location::caller();
    let span = trace_span!(
        target: "tokio::task",
        parent: None,
        "runtime.spawn",
        %kind,
        task.name = %name.unwrap_or_default(),
        size.bytes = mem::size_of::<F>(),
        loc.file = location.file(),
        loc.line = location.line(),
        loc.col = location.column(),
    );
    let id = span.id();
    Watched::new(future, id).instrument(span)
}

/// The closure in its span.
#[track_caller]
pub(crate) fn blocking<F, R>(f: F, name: Option<&str>) -> impl FnOnce() -> R + use<F, R>
where
    F: FnOnce() -> R,
{
    let location = Location::caller();
    let span = trace_span!(
        target: "tokio::task::blocking",
        "runtime.spawn",
        kind = %"blocking",
        task.name = %name.unwrap_or_default(),
        "fn" = %std::any::type_name::<F>(),
        size.bytes = mem::size_of::<F>(),
        loc.file = location.file(),
        loc.line = location.line(),
        loc.col = location.column(),
    );
    move || span.in_scope(f)
}
