//! Timers of runtimes that have ended or are about to: one thread of the process serves them.
//!
//! This decides what a wait on an ended runtime means, for `sleep`, `timeout`, intervals and groups
//! alike: time continues to pass. A destructor, a job or a thread in `block_on` of any executor
//! gets its timeout as before. The thread starts with the first such timer and ends with the last
//! one. It also ends when it calls a waker that is not heist's own and may therefore block; before
//! that it hands over to a new thread.
//!
//! Any thread hands shards in. Invariant: a shard that has outlived its runtime and has armed
//! timers is in the list, or the thread that armed one is about to put it there.

use super::shard::TimerShard;
use crate::inheritance;
use crate::platform::{ForkDetecting, ForkDetector};
use crate::sync::Rank;
use crate::sync::lock::{Mutex, MutexGuard};
use crate::waking::{GuardedWaker, wake_all};
use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long a thread sleeps before a failed start of the serving thread is retried.
const WITHOUT_THREAD: Duration = Duration::from_millis(1);

struct Late {
    shards: Vec<Arc<TimerShard>>,
    /// Wakers of due timers that are not heist's own and may therefore block.
    foreign: VecDeque<GuardedWaker>,
    /// The thread that serves these timers.
    server: Option<Server>,
}

struct Server {
    thread: Thread,
    fork_detector: ForkDetector,
}

static LATE: Mutex<Late> = Mutex::ranked(
    Rank::LateTimers,
    Late {
        shards: Vec::new(),
        foreign: VecDeque::new(),
        server: None,
    },
);

/// Has the shard served for as long as it has timers. Returns `false`, after a short sleep, if the
/// system provides no thread; the thread that waits for a timer must then try again.
pub(crate) fn ensure_served(shard: &Arc<TimerShard>) -> bool {
    let mut late = LATE.lock();
    late.leave_to_parent();
    if !late.shards.iter().any(|known| Arc::ptr_eq(known, shard)) {
        late.shards.push(shard.clone());
    }
    if late.tell_server() {
        return true;
    }
    late.server = start_server();
    let is_served = late.server.is_some();
    drop(late);
    if !is_served {
        thread::sleep(WITHOUT_THREAD);
    }
    is_served
}

/// Called when a shard that has outlived its runtime has lost its last timer, so that the list
/// drops it.
pub(super) fn notify_emptied() {
    LATE.lock().tell_server();
}

fn start_server() -> Option<Server> {
    let builder = thread::Builder::new().name("heist-late-timers".into());
    let thread = inheritance::start_thread(builder, Box::new(serve)).ok()?;
    Some(Server {
        thread: thread.thread().clone(),
        fork_detector: ForkDetector::new(),
    })
}

fn serve() {
    let mut own = Vec::new();
    let mut late = LATE.lock();
    loop {
        let next = late.take_due(&mut own);
        if !own.is_empty() {
            MutexGuard::unlocked(&mut late, || wake_all(own.drain(..)));
            continue;
        }
        if let Some(waker) = late.foreign.pop_front() {
            // While this waker runs, another thread serves the remaining timers. If there are none,
            // the thread that arms the next one starts a new thread.
            let is_last = late.foreign.is_empty() && late.shards.is_empty();
            let successor = (!is_last).then(start_server).flatten();
            let handed_over = is_last || successor.is_some();
            if handed_over {
                late.server = successor;
            }
            MutexGuard::unlocked(&mut late, || waker.wake());
            if handed_over {
                return;
            }
            continue;
        }
        match next {
            Some(next) => MutexGuard::unlocked(&mut late, || {
                // Not in a queue of the locks: a forked child would find this thread there.
                thread::park_timeout(next.saturating_duration_since(Instant::now()));
            }),
            None => break,
        }
    }
    late.server = None;
}

impl Late {
    /// Tells the serving thread that the list, or a deadline in it, has changed. Returns `false` if
    /// there is none.
    fn tell_server(&self) -> bool {
        let server = self.server.as_ref();
        server.map(|server| server.thread.unpark()).is_some()
    }

    /// In a forked child, forgets the timers that its parent's thread serves: the child has no such
    /// thread, and none of the threads that wait.
    fn leave_to_parent(&mut self) {
        if self
            .server
            .take_if(|server| server.fork_detector.is_forked_child())
            .is_some()
        {
            mem::forget((mem::take(&mut self.shards), mem::take(&mut self.foreign)));
        }
    }

    /// Takes the wakers of due timers and drops shards without timers. Returns the next deadline.
    fn take_due(&mut self, own: &mut Vec<GuardedWaker>) -> Option<Instant> {
        let now = Instant::now();
        let mut next: Option<Instant> = None;
        let mut due = Vec::new();
        self.shards.retain(|shard| {
            #[cfg(feature = "test-util")]
            shard.advance_paused_clock();
            shard.take_due(now, &mut due);
            let theirs = shard.next();
            next = [next, theirs].into_iter().flatten().min();
            theirs.is_some()
        });
        for waker in due {
            match waker.is_own() {
                true => own.push(waker),
                false => self.foreign.push_back(waker),
            }
        }
        next
    }
}
