//! What a worker's thread is doing, asked of the system by the driver thread: a worker that does not
//! get on because its core is busy with others is not stuck, and a spare one would only add to that.

#[cfg(all(any(target_os = "linux", target_os = "android"), not(loom)))]
mod imp {
    use std::fs::File;
    use std::os::unix::fs::FileExt;
    use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
    use std::time::Duration;

    /// A worker's thread, as the system knows it.
    pub(in crate::scheduler) struct OsThread(AtomicI32);

    impl OsThread {
        pub(in crate::scheduler) fn new() -> Self {
            Self(AtomicI32::new(0))
        }

        /// To be called by the worker's thread, when it starts.
        pub(in crate::scheduler) fn adopt_current(&self) {
            let id = rustix::thread::gettid();
            self.0.store(id.as_raw_nonzero().get(), Relaxed);
        }
    }

    /// What has been seen of a worker's thread.
    #[derive(Default)]
    pub(in crate::scheduler) struct ThreadWatch {
        id: i32,
        /// Its CPU time when it was last seen to get on.
        cpu: Option<Duration>,
        /// Its file in `/proc`, once it has been looked at: opening it takes longer than reading it.
        stat: Option<File>,
    }

    impl ThreadWatch {
        /// The thread gets on. To be called at every look at which it does.
        pub(in crate::scheduler) fn gets_on(&mut self, thread: &OsThread) {
            let id = thread.0.load(Relaxed);
            if id != self.id {
                self.id = id;
                self.stat = None;
            }
            self.cpu = cpu_time(self.id);
        }

        /// Whether the thread has computed for so long since it was last seen to get on.
        pub(in crate::scheduler) fn has_computed(&self, at_least: Duration) -> bool {
            let used = self
                .cpu
                .zip(cpu_time(self.id))
                .map(|(before, now)| now - before);
            used.is_some_and(|used| used >= at_least)
        }

        /// Whether the thread waits for something, and not just for a core or for a debugger. Unknown
        /// counts as so.
        pub(in crate::scheduler) fn waits(&mut self) -> bool {
            matches!(self.state(), None | Some(b'S' | b'D'))
        }

        /// Keeps no descriptor open until the thread is looked at again.
        pub(in crate::scheduler) fn close(&mut self) {
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

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::sync::mpsc::channel;
        use std::thread;
        use std::time::Instant;

        #[test]
        fn threads_that_compute_and_threads_that_wait_are_told_apart() {
            let (ids, id) = channel();
            let (release, released) = channel::<()>();
            let waiting = thread::spawn(move || {
                let os = OsThread::new();
                os.adopt_current();
                ids.send(os).unwrap();
                let _ = released.recv();
            });
            let os = id.recv().unwrap();
            let mut watch = ThreadWatch::default();
            watch.gets_on(&os);
            // It may not have come to its wait yet.
            let give_up = Instant::now() + Duration::from_secs(30);
            while !watch.waits() {
                assert!(Instant::now() < give_up, "it never waits");
                thread::sleep(Duration::from_millis(1));
            }
            assert!(!watch.has_computed(Duration::from_secs(1)));
            drop(release);
            waiting.join().unwrap();

            let (os, mut watch) = (OsThread::new(), ThreadWatch::default());
            os.adopt_current();
            watch.gets_on(&os);
            while !watch.has_computed(Duration::from_millis(2)) {}
            assert!(!watch.waits(), "it runs");
        }
    }
}

/// Elsewhere nobody can tell: a worker that does not get on counts as stuck.
#[cfg(not(all(any(target_os = "linux", target_os = "android"), not(loom))))]
mod imp {
    use std::time::Duration;

    pub(in crate::scheduler) struct OsThread;

    impl OsThread {
        pub(in crate::scheduler) fn new() -> Self {
            Self
        }

        pub(in crate::scheduler) fn adopt_current(&self) {}
    }

    #[derive(Default)]
    pub(in crate::scheduler) struct ThreadWatch(());

    impl ThreadWatch {
        pub(in crate::scheduler) fn gets_on(&mut self, _: &OsThread) {}

        pub(in crate::scheduler) fn has_computed(&self, _: Duration) -> bool {
            false
        }

        pub(in crate::scheduler) fn waits(&mut self) -> bool {
            true
        }

        pub(in crate::scheduler) fn close(&mut self) {}
    }
}

pub(super) use imp::{OsThread, ThreadWatch};
