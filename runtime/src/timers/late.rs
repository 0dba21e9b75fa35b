//! Timers of runtimes that have ended, or are about to: one thread of the process looks after them.
//!
//! What a wait on an ended runtime means is decided here, for `sleep`, `timeout`, intervals and
//! groups alike: time goes on. A destructor, a job or a thread in `block_on`, by whichever executor,
//! gets its timeout as before. The thread starts with the first such timer and ends with the last.
//!
//! Any thread hands shards in. The invariant: a shard that has outlived its runtime and has armed
//! timers is in the list, or the thread that armed one is about to put it there.

use super::shard::TimerShard;
use crate::waking::wake_all;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a wait is put off if the system gives no thread to look after it; then it is tried again.
const WITHOUT_THREAD: Duration = Duration::from_millis(1);

struct Late {
    shards: Vec<Arc<TimerShard>>,
    /// Whether a thread looks after them.
    is_served: bool,
}

static LATE: Mutex<Late> = Mutex::new(Late {
    shards: Vec::new(),
    is_served: false,
});

/// The list, or a deadline in it, has changed.
static CHANGED: Condvar = Condvar::new();

/// Has the shard looked after for as long as it has timers. `false`: the system gives no thread. Then
/// this has waited a little, and whoever waits for a timer must try again.
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

/// A shard that has outlived its runtime has lost its last timer: nothing is kept for it any longer.
pub(super) fn let_go() {
    let late = LATE.lock();
    if late.is_served {
        CHANGED.notify_one();
    }
}

fn start_thread() -> bool {
    let builder = thread::Builder::new().name("heist-late-timers".into());
    builder.spawn(serve).is_ok()
}

fn serve() {
    let mut due = Vec::new();
    let mut late = LATE.lock();
    loop {
        let now = Instant::now();
        let mut next: Option<Instant> = None;
        late.shards.retain(|shard| {
            #[cfg(feature = "test-util")]
            shard.let_time_pass();
            shard.take_due(now, &mut due);
            let theirs = shard.next();
            next = [next, theirs].into_iter().flatten().min();
            theirs.is_some()
        });
        if !due.is_empty() {
            // A waker may block: other timers are another thread's meanwhile.
            let handed_over = !late.shards.is_empty() && start_thread();
            parking_lot::MutexGuard::unlocked(&mut late, || {
                wake_all(due.drain(..));
            });
            if handed_over {
                return;
            }
            continue;
        }
        match next {
            Some(next) => drop(CHANGED.wait_until(&mut late, next)),
            None => break,
        }
    }
    late.is_served = false;
}
