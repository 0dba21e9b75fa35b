//! What a thread is doing, from its CPU clock and its state in `/proc`.

use crate::platform::Watching;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// The observations of a worker's thread.
#[derive(Default)]
pub(crate) struct ThreadWatch {
    id: i32,
    /// CPU time of the thread when it last made progress.
    cpu: Option<Duration>,
    /// The thread's file in `/proc`, once it has been read: opening it takes longer than reading
    /// it.
    stat: Option<File>,
}

impl Watching for ThreadWatch {
    const KNOWS_WAITS: bool = true;

    fn note_progress(&mut self, thread: i32) {
        if thread != self.id {
            self.id = thread;
            self.stat = None;
        }
        self.cpu = cpu_time(self.id);
    }

    fn computed(&self) -> Option<Duration> {
        // A thread that has been given the id again may have used less.
        let (before, now) = self.cpu.zip(cpu_time(self.id))?;
        Some(now.saturating_sub(before))
    }

    fn waits(&mut self) -> Option<bool> {
        let state = self.state()?;
        Some(matches!(state, b'S' | b'D'))
    }

    fn close(&mut self) {
        self.stat = None;
    }
}

impl ThreadWatch {
    /// Reads the state in `/proc`: R is running or runnable, S and D are sleeping.
    fn state(&mut self) -> Option<u8> {
        let stat = match &mut self.stat {
            Some(stat) => stat,
            none => none.insert(File::open(format!("/proc/self/task/{}/stat", self.id)).ok()?),
        };
        // The id, the name in parentheses (at most 15 bytes), and the state.
        let mut start = [0; 64];
        let len = stat.read_at(&mut start, 0).ok()?;
        let name_end = start[..len].iter().rposition(|&byte| byte == b')')?;
        start[..len].get(name_end + 2).copied()
    }
}

/// Returns the CPU time of a thread of this process.
fn cpu_time(thread: i32) -> Option<Duration> {
    // Linux numbers the CPU clocks of threads by the inverted id, and 6 for a clock of the
    // scheduler (2) for one thread (4). `pthread_getcpuclockid` does the same.
    let clock = (!thread << 3) | 6;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is writable. A clock that does not exist is an error.
    let result = unsafe { libc::clock_gettime(clock, &mut time) };
    (result == 0).then(|| Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{OwnThread, Setting};
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::{Duration, Instant};

    fn has_computed(watch: &ThreadWatch, at_least: Duration) -> bool {
        watch.computed().is_some_and(|used| used >= at_least)
    }

    #[test]
    fn computing_and_waiting_threads_are_distinguished() {
        let (ids, id) = channel();
        let (release, released) = channel::<()>();
        let waiting = thread::spawn(move || {
            ids.send(OwnThread::id()).unwrap();
            let _ = released.recv();
        });
        let mut watch = ThreadWatch::default();
        watch.note_progress(id.recv().unwrap());
        // The thread may not have reached its wait yet.
        let give_up = Instant::now() + Duration::from_secs(30);
        while watch.waits() != Some(true) {
            assert!(Instant::now() < give_up, "it never waits");
            thread::sleep(Duration::from_millis(1));
        }
        assert!(!has_computed(&watch, Duration::from_secs(1)));
        drop(release);
        waiting.join().unwrap();

        let mut watch = ThreadWatch::default();
        watch.note_progress(OwnThread::id());
        while !has_computed(&watch, Duration::from_millis(2)) {}
        assert_eq!(watch.waits(), Some(false), "it runs");
    }

    #[test]
    fn a_reused_thread_id_does_not_panic() {
        let mut watch = ThreadWatch::default();
        watch.note_progress(OwnThread::id());
        // As if it were from the thread that had the id before.
        watch.cpu = Some(Duration::from_secs(1 << 40));
        assert_eq!(watch.computed(), Some(Duration::ZERO));
    }
}
