//! Signals on Unix: `signal-hook` in the handler, a self-pipe to the runtimes' drivers.

pub(crate) mod consts;
mod default_action;
mod handler;
mod origin;
mod source;

pub use default_action::raise_default;
pub(crate) use handler::{install, is_default};
pub use origin::{Cause, Origin, Process, SignalsWithOrigin};
pub(crate) use source::Source;

use crate::SignalKind;

pub(crate) const SHUTDOWN: [SignalKind; 2] = [SignalKind::interrupt(), SignalKind::terminate()];
pub(crate) const RELOAD: SignalKind = SignalKind::hangup();
