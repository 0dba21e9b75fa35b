//! What a worker's thread is doing, asked of the system by the watchdog: a worker that makes no
//! progress because its core is busy with others is not stalled, and a spare one would only add to that.
//!
//! What a platform must provide is `ThreadWatch`: `note_progress(thread)`, at every check at which the
//! worker's thread has made progress; `computed()`, the CPU time it has used since, if that can be told;
//! `waits()`, whether it waits for something and not just for a core, where unknown counts as so; and
//! `close()`, to keep no descriptor open until the next check.

#[cfg(all(any(target_os = "linux", target_os = "android"), not(loom)))]
mod imp {
    use std::fs::File;
    use std::os::unix::fs::FileExt;
    use std::time::Duration;

    /// What has been seen of a worker's thread.
    #[derive(Default)]
    pub(in crate::watchdog) struct ThreadWatch {
        id: i32,
        /// Its CPU time when it was last seen to get on.
        pub(super) cpu: Option<Duration>,
        /// Its file in `/proc`, once it has been looked at: opening it takes longer than reading it.
        stat: Option<File>,
    }

    impl ThreadWatch {
        /// The thread of this id has made progress.
        pub(in crate::watchdog) fn note_progress(&mut self, thread: i32) {
            if thread != self.id {
                self.id = thread;
                self.stat = None;
            }
            self.cpu = cpu_time(self.id);
        }

        /// The CPU time that the thread has used since.
        pub(in crate::watchdog) fn computed(&self) -> Option<Duration> {
            // A thread id that has come round may have used less.
            let (before, now) = self.cpu.zip(cpu_time(self.id))?;
            Some(now.saturating_sub(before))
        }

        /// Whether the thread waits for something, and not just for a core or for a debugger. Unknown
        /// counts as so.
        pub(in crate::watchdog) fn waits(&mut self) -> bool {
            matches!(self.state(), None | Some(b'S' | b'D'))
        }

        /// Keeps no descriptor open until the thread is looked at again.
        pub(in crate::watchdog) fn close(&mut self) {
            self.stat = None;
        }

        /// The state in `/proc`: R is running, or ready to; S and D are sleeping.
        fn state(&mut self) -> Option<u8> {
            let stat = match &mut self.stat {
                Some(stat) => stat,
                none => none.insert(File::open(format!("/proc/self/task/{}/stat", self.id)).ok()?),
            };
            // The number, the name in parentheses of 15 bytes at most, and the state.
            let mut start = [0; 64];
            let len = stat.read_at(&mut start, 0).ok()?;
            let name_end = start[..len].iter().rposition(|&byte| byte == b')')?;
            start[..len].get(name_end + 2).copied()
        }
    }

    /// The CPU time of a thread of this process.
    fn cpu_time(thread: i32) -> Option<Duration> {
        // How Linux numbers the CPU clocks of threads: the inverted id, and 6 for a clock by the
        // scheduler (2) of one thread (4). `pthread_getcpuclockid` does the same.
        let clock = (!thread << 3) | 6;
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: `time` may be written to. A clock that is not there is an error.
        let result = unsafe { libc::clock_gettime(clock, &mut time) };
        (result == 0).then(|| Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
    }
}

/// Elsewhere nobody can tell: a worker that makes no progress counts as waiting.
#[cfg(not(all(any(target_os = "linux", target_os = "android"), not(loom))))]
mod imp {
    use std::time::Duration;

    #[derive(Default)]
    pub(in crate::watchdog) struct ThreadWatch(());

    impl ThreadWatch {
        pub(in crate::watchdog) fn note_progress(&mut self, _thread: i32) {}

        pub(in crate::watchdog) fn computed(&self) -> Option<Duration> {
            None
        }

        pub(in crate::watchdog) fn waits(&mut self) -> bool {
            true
        }

        pub(in crate::watchdog) fn close(&mut self) {}
    }
}

pub(super) use imp::ThreadWatch;

#[cfg(all(test, any(target_os = "linux", target_os = "android"), not(loom)))]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::{Duration, Instant};

    fn current_thread() -> i32 {
        rustix::thread::gettid().as_raw_nonzero().get()
    }

    fn has_computed(watch: &ThreadWatch, at_least: Duration) -> bool {
        watch.computed().is_some_and(|used| used >= at_least)
    }

    #[test]
    fn threads_that_compute_and_threads_that_wait_are_told_apart() {
        let (ids, id) = channel();
        let (release, released) = channel::<()>();
        let waiting = thread::spawn(move || {
            ids.send(current_thread()).unwrap();
            let _ = released.recv();
        });
        let mut watch = ThreadWatch::default();
        watch.note_progress(id.recv().unwrap());
        // It may not have come to its wait yet.
        let give_up = Instant::now() + Duration::from_secs(30);
        while !watch.waits() {
            assert!(Instant::now() < give_up, "it never waits");
            thread::sleep(Duration::from_millis(1));
        }
        assert!(!has_computed(&watch, Duration::from_secs(1)));
        drop(release);
        waiting.join().unwrap();

        let mut watch = ThreadWatch::default();
        watch.note_progress(current_thread());
        while !has_computed(&watch, Duration::from_millis(2)) {}
        assert!(!watch.waits(), "it runs");
    }

    #[test]
    fn an_id_that_comes_round_is_no_panic() {
        let mut watch = ThreadWatch::default();
        watch.note_progress(current_thread());
        // That of the thread that had the id before.
        watch.cpu = Some(Duration::from_secs(1 << 40));
        assert_eq!(watch.computed(), Some(Duration::ZERO));
    }
}
