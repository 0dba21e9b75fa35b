//! Work that only computes, split by spawning or by joining: heist's `task::join` beside rayon's.

use std::pin::Pin;

use crate::body::{inside, repeat};
use crate::meter::Meter;
use crate::plan::Plan;
use crate::runtimes::{Heist, Runtime};
use crate::sample::Sample;

/// std sorts halves that are no longer than this.
const SHORT: usize = 4_096;

/// Numbers up to this one are computed without spawning.
const SMALL: u64 = 12;

pub(super) fn merge_sort<R: Runtime>(plan: &Plan) -> Sample {
    let numbers = numbers(plan);
    let batch = move || {
        let numbers = numbers.clone();
        async move { assert!(sort::<R>(numbers).await.is_sorted()) }
    };
    inside::<R>(plan, repeat(*plan, 1, batch))
}

pub(super) fn merge_sort_by_join(plan: &Plan) -> Sample {
    let numbers = numbers(plan);
    let batch = move || {
        let numbers = numbers.clone();
        async move { assert!(joined_sort::<Heist>(numbers).is_sorted()) }
    };
    inside::<Heist>(plan, repeat(*plan, 1, batch))
}

pub(super) fn merge_sort_on_rayon(plan: &Plan) -> Sample {
    let numbers = numbers(plan);
    let batch = || assert!(joined_sort::<Rayon>(numbers.clone()).is_sorted());
    on_rayon(plan, 1, batch)
}

pub(super) fn fibonacci<R: Runtime>(plan: &Plan) -> Sample {
    let n = plan.pick(27, 24, 15);
    let batch = move || async move { assert_eq!(spawned_fib::<R>(n).await, fib(n)) };
    inside::<R>(plan, repeat(*plan, tasks(n), batch))
}

pub(super) fn fibonacci_by_join(plan: &Plan) -> Sample {
    let n = plan.pick(27, 24, 15);
    let batch = move || async move { assert_eq!(joined_fib::<Heist>(n), fib(n)) };
    inside::<Heist>(plan, repeat(*plan, tasks(n), batch))
}

pub(super) fn fibonacci_on_rayon(plan: &Plan) -> Sample {
    let n = plan.pick(27, 24, 15);
    let batch = || assert_eq!(joined_fib::<Rayon>(n), fib(n));
    on_rayon(plan, tasks(n), batch)
}

/// Runs two closures, the second possibly on another thread.
trait Join {
    fn join<A, B>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B)
    where
        A: Send,
        B: Send;
}

impl Join for Heist {
    fn join<A, B>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B)
    where
        A: Send,
        B: Send,
    {
        heist::task::join(a, b)
    }
}

struct Rayon;

impl Join for Rayon {
    fn join<A, B>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B)
    where
        A: Send,
        B: Send,
    {
        rayon::join(a, b)
    }
}

fn on_rayon(plan: &Plan, operations: u64, batch: impl Fn() + Send + Sync) -> Sample {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.workers);
    pool.build().expect("rayon starts").install(|| {
        let mut meter = Meter::new(*plan);
        while meter.should_continue() {
            batch();
            meter.add(operations);
        }
        meter.sample()
    })
}

/// Returns pseudo-random numbers, the same ones every time.
fn numbers(plan: &Plan) -> Vec<u32> {
    let mut state = 1_u64;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 32) as u32
    };
    (0..plan.pick(1_000_000, 200_000, 10_000))
        .map(next)
        .collect()
}

fn sort<R: Runtime>(mut left: Vec<u32>) -> Pin<Box<dyn Future<Output = Vec<u32>> + Send>> {
    Box::pin(async move {
        if left.len() <= SHORT {
            left.sort_unstable();
            return left;
        }
        let right = left.split_off(left.len() / 2);
        let right = R::spawn(sort::<R>(right));
        let left = sort::<R>(left).await;
        merge(&left, &right.await)
    })
}

fn joined_sort<J: Join>(mut left: Vec<u32>) -> Vec<u32> {
    if left.len() <= SHORT {
        left.sort_unstable();
        return left;
    }
    let right = left.split_off(left.len() / 2);
    let (left, right) = J::join(|| joined_sort::<J>(left), || joined_sort::<J>(right));
    merge(&left, &right)
}

fn merge<'a>(mut left: &'a [u32], mut right: &'a [u32]) -> Vec<u32> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let (Some(l), Some(r)) = (left.first(), right.first()) {
        let from = if l <= r { &mut left } else { &mut right };
        merged.push(from[0]);
        *from = &from[1..];
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    merged
}

fn fib(n: u64) -> u64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

/// One of the two branches is a task of its own.
fn spawned_fib<R: Runtime>(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if n <= SMALL {
            return fib(n);
        }
        let other = R::spawn(spawned_fib::<R>(n - 1));
        spawned_fib::<R>(n - 2).await + other.await
    })
}

fn joined_fib<J: Join>(n: u64) -> u64 {
    if n <= SMALL {
        return fib(n);
    }
    let (a, b) = J::join(|| joined_fib::<J>(n - 1), || joined_fib::<J>(n - 2));
    a + b
}

/// Returns how many tasks `spawned_fib` spawns.
fn tasks(n: u64) -> u64 {
    match n {
        n if n <= SMALL => 0,
        n => 1 + tasks(n - 1) + tasks(n - 2),
    }
}
