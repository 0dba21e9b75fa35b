//! The signals' numbers and names.

use std::ffi::c_int;

pub(crate) use signal_hook::consts::signal::*;
pub(crate) use signal_hook::low_level::signal_name as name;

/// Signals that no handler can be set for.
pub(crate) const UNCATCHABLE: [c_int; 2] = [SIGKILL, SIGSTOP];

/// Signals whose handler must not simply return. With those above, these are all that `signal-hook`
/// panics for.
pub(crate) const FAULTS: [c_int; 3] = [SIGSEGV, SIGILL, SIGFPE];
