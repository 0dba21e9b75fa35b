//! Timers of runtimes that have ended, or are about to: one thread of the process looks after them.
//!
//! What a wait on an ended runtime means is decided here, for `sleep`, `timeout`, intervals and
//! groups alike: time goes on. A destructor, a job or a thread in `block_on`, by whichever
//! executor, gets its timeout as before. The thread starts with the first such timer and ends with
//! the last, or with a waker that may block, as it is not heist's own: before that it hands over to
//! another one.
//!
//! Any thread hands shards in. The invariant: a shard that has outlived its runtime and has armed
//! timers is in the list, or the thread that armed one is about to put it there.

use super::shard::TimerShard;
use crate::panics;
use crate::sync::Rank;
use crate::sync::lock::{Condvar, Mutex, MutexGuard};
use crate::waking::{GuardedWaker, wake_all};
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a wait is put off if the system gives no thread to look after it; then it is tried
/// again.
const WITHOUT_THREAD: Duration = Duration::from_millis(1);

struct Late {
    shards: Vec<Arc<TimerShard>>,
    /// Of timers that are due: those that are not heist's own, and so may block.
    foreign: VecDeque<GuardedWaker>,
    /// Whether a thread looks after them.
    is_served: bool,
}

static LATE: Mutex<Late> = Mutex::ranked(
    Rank::LateTimers,
    Late {
        shards: Vec::new(),
        foreign: VecDeque::new(),
        is_served: false,
    },
);

/// The list, or a deadline in it, has changed.
static CHANGED: Condvar = Condvar::new();

/// Has the shard looked after for as long as it has timers. `false`: the system gives no thread.
/// Then this has waited a little, and whoever waits for a timer must try again.
pub(crate) fn look_after(shard: &Arc<TimerShard>) -> bool {
    let mut late = LATE.lock();
    if !late.shards.iter().any(|known| Arc::ptr_eq(known, shard)) {
        late.shards.push(shard.clone());
    }
    if late.is_served {
        CHANGED.notify_one();
        return true;
    }
    late.is_served = start_thread();
    let is_served = late.is_served;
    drop(late);
    if !is_served {
        thread::sleep(WITHOUT_THREAD);
    }
    is_served
}

/// A shard that has outlived its runtime has lost its last timer: nothing is kept for it any
/// longer.
pub(super) fn let_go() {
    let late = LATE.lock();
    if late.is_served {
        CHANGED.notify_one();
    }
}

fn start_thread() -> bool {
    let builder = thread::Builder::new().name("heist-late-timers".into());
    builder.spawn(|| panics::or_abort(serve)).is_ok()
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
            // Meanwhile what else there is, is another thread's; and what comes later the next
            // one's, which who arms it starts.
            let is_last = late.foreign.is_empty() && late.shards.is_empty();
            let handed_over = is_last || start_thread();
            late.is_served = !is_last;
            MutexGuard::unlocked(&mut late, || waker.wake());
            if handed_over {
                return;
            }
            continue;
        }
        match next {
            Some(next) => CHANGED.wait_until(&mut late, next),
            None => break,
        }
    }
    late.is_served = false;
}

impl Late {
    /// Takes the wakers of timers that are due, and lets go of shards without timers. When the next
    /// one is due.
    fn take_due(&mut self, own: &mut Vec<GuardedWaker>) -> Option<Instant> {
        let now = Instant::now();
        let mut next: Option<Instant> = None;
        let mut due = Vec::new();
        self.shards.retain(|shard| {
            #[cfg(feature = "test-util")]
            shard.let_time_pass();
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
