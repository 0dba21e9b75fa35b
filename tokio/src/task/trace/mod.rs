//! Instrumentation for `tokio-console`: a span for each task, entered while the task is polled, and
//! an event for each operation on one of its wakers. Their names and fields are tokio's.
//!
//! Only in programs built with the feature `tracing` (which console-subscriber enables) and `--cfg
//! console_without_tokio_unstable`. In all other programs nothing is wrapped.

mod waker;

use std::mem;
use std::panic::Location;
use tracing::instrument::{Instrument, Instrumented};
use tracing::trace_span;
use waker::Watched;

/// The kinds of tasks, in the console's terms.
pub(crate) const TASK: &str = "task";
pub(crate) const LOCAL: &str = "local";
pub(crate) const BLOCK_ON: &str = "block_on";

/// Wraps the future in its span.
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

/// Wraps the closure in its span.
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
