//! What a thread sets for itself, through system calls that are specific to Linux.
//!
//! They are called through libc, because compiling rustix's module for these four calls takes a
//! second.

use crate::platform::{Setting, Topology};
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::OnceLock;
use std::{fmt, fs, io};

pub(crate) struct OwnThread;

/// A set of cores.
#[derive(Clone)]
pub(crate) struct Cores(libc::cpu_set_t);

impl Cores {
    fn none() -> Self {
        // SAFETY: a set of bits, all of which may be 0.
        Self(unsafe { MaybeUninit::zeroed().assume_init() })
    }

    fn list(&self) -> impl Iterator<Item = usize> {
        // libc's constant for this has another type on Android.
        let bits = 8 * size_of_val(&self.0);
        // SAFETY: the set has this many bits.
        (0..bits).filter(|&core| unsafe { libc::CPU_ISSET(core, &self.0) })
    }
}

impl fmt::Debug for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.list()).finish()
    }
}

impl Setting for OwnThread {
    type Cores = Cores;

    fn id() -> i32 {
        // SAFETY: it has no arguments, and always succeeds. By its number: the oldest glibc that
        // Rust supports has no function for it.
        unsafe { libc::syscall(libc::SYS_gettid) as i32 }
    }

    fn sleep_precisely(yes: bool) {
        /// In nanoseconds.
        const LOW: libc::c_ulong = 1_000;
        /// Restores the default that the thread started with.
        const DEFAULT: libc::c_ulong = 0;
        let slack = if yes { LOW } else { DEFAULT };
        // If it cannot be set, timers are as late as the system makes them.
        // SAFETY: it takes a number, and sets it for this thread.
        let _ = unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, slack) };
    }

    fn cores() -> io::Result<Cores> {
        let mut cores = Cores::none();
        // SAFETY: the set may be written to, in all its size.
        match unsafe { libc::sched_getaffinity(0, size_of_val(&cores.0), &mut cores.0) } {
            0 => Ok(cores),
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn each_core(cores: &Cores) -> Vec<Cores> {
        let each = cores.list().map(|core| {
            let mut only = Cores::none();
            // SAFETY: the number is one of such a set's.
            unsafe { libc::CPU_SET(core, &mut only.0) };
            only
        });
        each.collect()
    }

    fn core() -> Option<usize> {
        // SAFETY: it has no arguments. It returns a negative number if the system does not tell.
        usize::try_from(unsafe { libc::sched_getcpu() }).ok()
    }

    /// Read once per process: two or three small files for each core.
    fn topology() -> Topology {
        static TOPOLOGY: OnceLock<Topology> = OnceLock::new();
        let read = |file: &str| {
            let root = Path::new("/sys/devices/system/cpu");
            fs::read_to_string(root.join(file)).ok()
        };
        TOPOLOGY.get_or_init(|| Topology::of_files(read)).clone()
    }

    fn set_affinity(cores: &Cores) {
        // SAFETY: the set may be read, in all its size.
        let _ = unsafe { libc::sched_setaffinity(0, size_of_val(&cores.0), &cores.0) };
    }
}
