//! Which cores the process may use, and binding a thread to one of them (`Builder::pin_workers`).
//!
//! `allowed` runs on the thread that starts a runtime, `Core::bind_current_thread` first thing on a
//! worker's. Linux is asked directly; elsewhere `core_affinity` knows how.

use std::io;

/// A core that the process may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Core(sys::Id);

/// The cores that the process may use: at least one.
pub(super) fn allowed() -> io::Result<Vec<Core>> {
    let cores: Vec<_> = sys::allowed()?.into_iter().map(Core).collect();
    if cores.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "pin_workers: this platform does not tell which cores there are",
        ));
    }
    Ok(cores)
}

impl Core {
    /// Binds the thread to this core. Should the process no longer be allowed to use it, the thread
    /// goes on unbound, since it does so elsewhere as well.
    pub(super) fn bind_current_thread(self) {
        sys::bind_current_thread(self.0);
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod sys {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    use std::io;

    pub(super) type Id = usize;

    pub(super) fn allowed() -> io::Result<Vec<Id>> {
        let cores = sched_getaffinity(None)
            .map_err(|error| io::Error::new(error.kind(), format!("pin_workers: {error}")))?;
        Ok((0..CpuSet::MAX_CPU)
            .filter(|core| cores.is_set(*core))
            .collect())
    }

    pub(super) fn bind_current_thread(core: Id) {
        let mut only = CpuSet::new();
        only.set(core);
        let _ = sched_setaffinity(None, &only);
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod sys {
    use std::io;

    pub(super) type Id = core_affinity::CoreId;

    pub(super) fn allowed() -> io::Result<Vec<Id>> {
        Ok(core_affinity::get_core_ids().unwrap_or_default())
    }

    pub(super) fn bind_current_thread(core: Id) {
        core_affinity::set_for_current(core);
    }
}
