//! Waking tasks: by each other, by threads that are not workers, and after a pause.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use atomic_waker::AtomicWaker;
use futures_channel::oneshot;

use crate::body::{inside, outside, repeat};
use crate::meter::Meter;
use crate::plan::Plan;
use crate::runtimes::Runtime;
use crate::sample::Sample;

/// Long enough for every worker to fall asleep.
const PAUSE: Duration = Duration::from_millis(2);

/// Measures how long a task spawned from outside waits for its first poll.
pub(super) fn spawn_parked<R: Runtime>(plan: &Plan) -> Sample {
    outside::<R>(plan, async {
        let mut meter = Meter::new(*plan);
        while meter.should_continue() {
            thread::sleep(PAUSE);
            let spawned = Instant::now();
            let waited = R::spawn(async move { spawned.elapsed() }).await;
            meter.late(waited);
            meter.add(1);
        }
        meter.sample()
    })
}

/// Measures how long a task waits for a signal that has been raised.
pub(super) fn signal<R: Runtime>(plan: &Plan) -> Sample {
    outside::<R>(plan, async {
        let (heard, hears) = mpsc::channel();
        R::on_usr1(move || {
            // The receiver is gone once the row has ended.
            let _ = heard.send(Instant::now());
        });
        let this = rustix::process::getpid();
        let mut meter = Meter::new(*plan);
        while meter.should_continue() {
            thread::sleep(PAUSE);
            let raised = Instant::now();
            rustix::process::kill_process(this, rustix::process::Signal::USR1)
                .expect("a process may signal itself");
            let heard = hears.recv().expect("the task listens on");
            meter.late(heard - raised);
            meter.add(1);
        }
        meter.sample()
    })
}

/// A flag that one task awaits and another sets.
#[derive(Default)]
pub(super) struct Turn {
    come: AtomicBool,
    waker: AtomicWaker,
}

impl Turn {
    pub(super) fn give(&self) {
        self.come.store(true, Ordering::Release);
        self.waker.wake();
    }

    pub(super) async fn take(&self) {
        poll_fn(|cx| {
            self.waker.register(cx.waker());
            match self.come.swap(false, Ordering::Acquire) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

/// One token passes through all tasks, `laps` times.
pub(super) async fn ring<R: Runtime>(tasks: usize, laps: u64) {
    let turns: Arc<[Turn]> = (0..tasks).map(|_| Turn::default()).collect();
    let handles: Vec<_> = (0..tasks)
        .map(|task| {
            let turns = turns.clone();
            R::spawn(async move {
                for _ in 0..laps {
                    turns[task].take().await;
                    turns[(task + 1) % tasks].give();
                }
            })
        })
        .collect();
    turns[0].give();
    for handle in handles {
        handle.await;
    }
}

/// Measures a task that sends a request to a plain thread, and is woken by its answer.
pub(super) fn from_thread<R: Runtime>(plan: &Plan) -> Sample {
    const ROUND_TRIPS: u64 = 10;
    let (questions, asked) = mpsc::channel::<oneshot::Sender<()>>();
    let thread = thread::spawn(move || {
        for answer in asked {
            answer.send(()).expect("the task waits");
        }
    });
    let batch = move || {
        let questions = questions.clone();
        async move {
            for _ in 0..ROUND_TRIPS {
                let (answer, answered) = oneshot::channel();
                questions.send(answer).expect("the thread listens");
                answered.await.expect("the thread answers");
            }
        }
    };
    let sample = inside::<R>(plan, repeat(*plan, ROUND_TRIPS, batch));
    thread.join().expect("the thread ends with the questions");
    sample
}

pub(super) fn block_on<R: Runtime>(plan: &Plan) -> Sample {
    let runtime = R::start(plan.workers);
    let mut meter = Meter::new(*plan);
    while meter.should_continue() {
        runtime.block_on(async { R::spawn(async {}).await });
        meter.add(1);
    }
    meter.sample()
}
