//! Many live tasks: woken in an unpredictable order, or with polls of all lengths.

use std::sync::Arc;
use std::time::Duration;

use super::busy::spin;
use super::wake::Turn;
use crate::meter::Meter;
use crate::plan::Plan;
use crate::runtimes::Runtime;
use crate::sample::Sample;

/// How many tasks are woken before the first of them is awaited.
const TOGETHER: usize = 100;

/// Waiting tasks are woken, a hundred at a time, in an order that no cache can predict. Each
/// reports that it has run.
pub(super) async fn wake<R: Runtime>(plan: Plan) -> Sample {
    let tasks: usize = plan.pick(10_000, 10_000, 1_000);
    let turns: Arc<[Turn]> = (0..tasks).map(|_| Turn::default()).collect();
    let (sender, runs) = async_channel::unbounded();
    for task in 0..tasks {
        let (turns, sender) = (turns.clone(), sender.clone());
        R::detach(async move {
            loop {
                turns[task].take().await;
                // The channel is closed to end all tasks.
                if sender.send(()).await.is_err() {
                    return;
                }
            }
        });
    }
    let mut state = 1_u64;
    let mut meter = Meter::new(plan);
    while meter.should_continue() {
        // The tasks of a batch are all different: the stride has no factor in common with their
        // number.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let (first, stride) = ((state >> 32) as usize, 7_919);
        for n in 0..TOGETHER {
            turns[(first + n * stride) % tasks].give();
        }
        for _ in 0..TOGETHER {
            runs.recv().await.expect("the tasks are alive");
        }
        meter.add(TOGETHER as u64);
    }
    runs.close();
    turns.iter().for_each(Turn::give);
    meter.sample()
}

/// Most polls are short; one in fifty takes 100 µs.
pub(super) async fn mixed<R: Runtime>(tasks: u64, polls: u64) {
    let task = |number: u64| async move {
        for poll in 0..polls {
            if (number + poll) % 50 == 0 {
                spin(Duration::from_micros(100));
            }
            R::yield_now().await;
        }
    };
    let handles: Vec<_> = (0..tasks).map(|i| R::spawn(task(i))).collect();
    for handle in handles {
        handle.await;
    }
}
