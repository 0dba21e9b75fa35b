//! The rows that need no I/O and no timers: spawning, yielding, waking, computing.

mod blocking;
mod bursts;
mod busy;
mod chained;
mod channels;
mod compute;
mod crowd;
mod large;
mod mutex;
mod ping_pong;
mod self_wake;
mod skew;
mod skynet;
pub(crate) mod spawn;
mod wake;
mod yields;

use crate::body::{ByJoin, Loop, inside, outside, repeat};
use crate::plan::Plan;
use crate::row::{Group, Unit};
use crate::runtimes::Runtime;
use crate::sample::Sample;

pub(crate) fn loops<R: Runtime>() -> Vec<Loop> {
    vec![
        timed(
            "spawn_one",
            "a task spawned by a task, which awaits it before it spawns the next",
            |plan| inside::<R>(plan, repeat(*plan, 1_000, || spawn::one_by_one::<R>(1_000))),
        ),
        timed(
            "spawn_one_outside",
            "a task spawned by a thread that is no worker, which awaits it before it spawns the next",
            |plan| outside::<R>(plan, repeat(*plan, 100, || spawn::one_by_one::<R>(100))),
        ),
        timed(
            "spawn_10k_inside",
            "a task, of 10,000 that a task spawns before it awaits the first",
            |plan| inside::<R>(plan, repeat(*plan, 10_000, || spawn::many::<R>(10_000))),
        ),
        timed(
            "spawn_10k_outside",
            "a task, of 10,000 spawned by a thread that is no worker",
            |plan| outside::<R>(plan, repeat(*plan, 10_000, || spawn::many::<R>(10_000))),
        ),
        timed(
            "large_tasks",
            "a task of 300 bytes that awaits a message by a channel, of 10,000 that are alive",
            |plan| inside::<R>(plan, repeat(*plan, 10_000, || large::tasks::<R>(10_000))),
        ),
        timed(
            "large_results",
            "a task whose result has 64 bytes, of 10,000 that a task spawns and awaits",
            |plan| inside::<R>(plan, repeat(*plan, 10_000, || large::results::<R>(10_000))),
        ),
        Loop {
            unit: Unit::Microseconds,
            ..timed(
                "cold_start",
                "from starting a runtime until it has run 1,000 tasks from outside and has ended",
                bursts::cold::<R>,
            )
        },
        Loop {
            unit: Unit::Microseconds,
            ..timed(
                "burst_after_idle",
                "1,000 tasks from outside, from the first spawn until all have been awaited, after 2 ms \
                 without work",
                bursts::after_idling::<R>,
            )
        },
        Loop {
            unit: Unit::Microseconds,
            ..timed(
                "spawn_parked",
                "from spawning outside until the first poll, after 2 ms without work",
                wake::spawn_parked::<R>,
            )
        },
        timed(
            "spawn_busy",
            "a task, of 1,000 spawned from outside while every worker has long polls to do",
            busy::spawn::<R>,
        ),
        timed(
            "yield",
            "a yield of one of 200 tasks, 1,000 yields each",
            |plan| {
                let yields = plan.pick(1_000, 200, 10);
                inside::<R>(
                    plan,
                    repeat(*plan, 200 * yields, move || yields::batch::<R>(200, yields)),
                )
            },
        ),
        timed(
            "self_wake",
            "a poll of one of 200 tasks that wake themselves, 1,000 times each",
            |plan| {
                let times = plan.pick(1_000, 200, 10);
                inside::<R>(
                    plan,
                    repeat(*plan, 200 * times, move || {
                        self_wake::batch::<R>(200, times)
                    }),
                )
            },
        ),
        timed(
            "self_wake_alone",
            "a poll of a task that wakes itself, and is the only one",
            |plan| {
                inside::<R>(
                    plan,
                    repeat(*plan, 10_000, || self_wake::batch::<R>(1, 10_000)),
                )
            },
        ),
        timed(
            "ping_pong",
            "two tasks that send each other a message by oneshot channels, 1,000 pairs at a time",
            |plan| inside::<R>(plan, repeat(*plan, 1_000, || ping_pong::batch::<R>(1_000))),
        ),
        timed(
            "chained_spawn",
            "a task that spawns the next, 1,000 in a chain",
            |plan| inside::<R>(plan, repeat(*plan, 1_000, || chained::batch::<R>(1_000))),
        ),
        timed(
            "fan_out_in",
            "a task that makes a result, of 100,000 that one task spawns and collects",
            |plan| {
                let tasks = plan.pick(100_000, 100_000, 1_000);
                inside::<R>(
                    plan,
                    repeat(*plan, tasks, move || spawn::collect::<R>(tasks)),
                )
            },
        ),
        timed(
            "skynet",
            "a task of a tree in which each spawns ten and awaits their sum, down to 1,000,000",
            |plan| {
                let leaves = plan.pick(1_000_000, 100_000, 1_000);
                let tasks = skynet::tasks(leaves);
                inside::<R>(
                    plan,
                    repeat(*plan, tasks, move || skynet::batch::<R>(leaves)),
                )
            },
        ),
        timed(
            "channel_10_to_1",
            "a message of ten senders to one receiver, by a channel for 100",
            |plan| {
                let each = plan.pick(10_000, 1_000, 10);
                inside::<R>(
                    plan,
                    repeat(*plan, 10 * each, move || channels::fan_in::<R>(10, each)),
                )
            },
        ),
        timed(
            "channel_pairs",
            "a message there and back between two tasks, 100 such pairs with channels for one",
            |plan| {
                let rounds = plan.pick(1_000, 100, 10);
                inside::<R>(
                    plan,
                    repeat(*plan, 100 * rounds, move || {
                        channels::pairs::<R>(100, rounds)
                    }),
                )
            },
        ),
        timed(
            "channel_chain",
            "a message through a chain of four tasks and five channels, with room for 100",
            |plan| {
                let messages = plan.pick(10_000, 1_000, 10);
                inside::<R>(
                    plan,
                    repeat(*plan, messages, move || channels::chain::<R>(4, messages)),
                )
            },
        ),
        timed(
            "mutex",
            "a turn with an async mutex that ten tasks want all the time",
            |plan| {
                inside::<R>(
                    plan,
                    repeat(*plan, 10 * 1_000, || mutex::batch::<R>(10, 1_000, false)),
                )
            },
        ),
        timed(
            "mutex_yield",
            "a turn with such a mutex, held across a yield, so that the others queue",
            |plan| {
                inside::<R>(
                    plan,
                    repeat(*plan, 10 * 100, || mutex::batch::<R>(10, 100, true)),
                )
            },
        ),
        timed(
            "wake",
            "a task that wakes the next in a ring of 64",
            |plan| inside::<R>(plan, repeat(*plan, 64 * 100, || wake::ring::<R>(64, 100))),
        ),
        timed(
            "wake_random",
            "a task, of 10,000 that wait, woken with 99 others in no order, until all have run",
            |plan| inside::<R>(plan, crowd::wake::<R>(*plan)),
        ),
        timed(
            "mixed_polls",
            "a yield of one of 200 tasks whose polls are short, but for one in 50 that takes 100 µs",
            |plan| {
                let polls = plan.pick(500, 100, 10);
                inside::<R>(
                    plan,
                    repeat(*plan, 200 * polls, move || crowd::mixed::<R>(200, polls)),
                )
            },
        ),
        timed(
            "wake_from_thread",
            "a round trip of a task and a plain thread that wakes it",
            wake::from_thread::<R>,
        ),
        Loop {
            unit: Unit::Microseconds,
            ..timed(
                "signal",
                "from raising a signal until a task that awaits it runs, after 2 ms without work",
                wake::signal::<R>,
            )
        },
        timed(
            "block_on",
            "a `block_on` of a plain thread that spawns a task and awaits it",
            wake::block_on::<R>,
        ),
        timed(
            "spawn_blocking",
            "a closure that does nothing, each awaited before the next",
            |plan| inside::<R>(plan, repeat(*plan, 100, || blocking::one_by_one::<R>(100))),
        ),
        timed(
            "spawn_blocking_burst",
            "a closure that does nothing, 1,000 spawned before the first is awaited",
            |plan| inside::<R>(plan, repeat(*plan, 1_000, || blocking::burst::<R>(1_000))),
        ),
        Loop {
            unit: Unit::Microseconds,
            by_join: Some(ByJoin {
                heist: compute::merge_sort_by_join,
                rayon: compute::merge_sort_on_rayon,
            }),
            ..timed(
                "merge_sort",
                "the sorting of a million numbers, each half of more than 4,096 by `join`, or in a task",
                compute::merge_sort::<R>,
            )
        },
        Loop {
            by_join: Some(ByJoin {
                heist: compute::fibonacci_by_join,
                rayon: compute::fibonacci_on_rayon,
            }),
            ..timed(
                "fibonacci",
                "a `join`, or a task, of the recursion for the 27th number, from the 12th down plain",
                compute::fibonacci::<R>,
            )
        },
        Loop {
            unit: Unit::Microseconds,
            ..timed(
                "merge_sort_spawned",
                "as `merge_sort`, in tasks",
                compute::merge_sort::<R>,
            )
        },
        timed(
            "fibonacci_spawned",
            "as `fibonacci`, in tasks",
            compute::fibonacci::<R>,
        ),
        timed(
            "skew",
            "a task, of 1,000 that one task spawns, whose one poll takes 1 to 200 µs",
            |plan| {
                let tasks = plan.pick(1_000, 200, 10);
                inside::<R>(plan, repeat(*plan, tasks, move || skew::batch::<R>(tasks)))
            },
        ),
    ]
}

fn timed(name: &'static str, what: &'static str, run: fn(&Plan) -> Sample) -> Loop {
    Loop {
        name,
        group: Group::Scheduler,
        what,
        unit: Unit::Nanoseconds,
        run,
        by_join: None,
    }
}
