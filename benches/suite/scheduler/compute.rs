//! Work that only computes, split up by spawning; beside rayon, which is made for it.

use std::pin::Pin;

use crate::job::{Plan, Sample};
use crate::loops::{inside, repeat};
use crate::meter::Meter;
use crate::runtimes::Runtime;

/// Halves no longer than this are sorted by std.
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

pub(super) fn merge_sort_on_rayon(plan: &Plan) -> Sample {
    let numbers = numbers(plan);
    on_rayon(plan, 1, || assert!(rayon_sort(numbers.clone()).is_sorted()))
}

pub(super) fn fibonacci<R: Runtime>(plan: &Plan) -> Sample {
    let n = plan.pick(27, 24, 15);
    let batch = move || async move { assert_eq!(spawned_fib::<R>(n).await, fib(n)) };
    inside::<R>(plan, repeat(*plan, tasks(n), batch))
}

pub(super) fn fibonacci_on_rayon(plan: &Plan) -> Sample {
    let n = plan.pick(27, 24, 15);
    on_rayon(plan, tasks(n), || assert_eq!(rayon_fib(n), fib(n)))
}

fn on_rayon(plan: &Plan, operations: u64, batch: impl Fn() + Send + Sync) -> Sample {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.workers);
    pool.build().expect("rayon starts").install(|| {
        let mut meter = Meter::new(*plan);
        while meter.goes_on() {
            batch();
            meter.add(operations);
        }
        meter.sample()
    })
}

/// Pseudo-random, and the same every time.
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

fn rayon_sort(mut left: Vec<u32>) -> Vec<u32> {
    if left.len() <= SHORT {
        left.sort_unstable();
        return left;
    }
    let right = left.split_off(left.len() / 2);
    let (left, right) = rayon::join(|| rayon_sort(left), || rayon_sort(right));
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

fn rayon_fib(n: u64) -> u64 {
    if n <= SMALL {
        return fib(n);
    }
    let (a, b) = rayon::join(|| rayon_fib(n - 1), || rayon_fib(n - 2));
    a + b
}

/// How many tasks `spawned_fib` spawns.
fn tasks(n: u64) -> u64 {
    match n {
        n if n <= SMALL => 0,
        n => 1 + tasks(n - 1) + tasks(n - 2),
    }
}
