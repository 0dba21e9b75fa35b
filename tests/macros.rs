//! `select!`, `join!`, `try_join!`, `pin!`.

use std::cell::Cell;
use std::future::{pending, ready};

use heist::sync::{mpsc, oneshot};
use heist::time::{Duration, sleep, timeout};

#[heist::test]
async fn select_runs_the_handler_of_the_first_that_is_ready() {
    let (sender, receiver) = oneshot::channel();
    heist::spawn(async move { sender.send(7) });
    let chosen = heist::select! {
        value = receiver => value.unwrap(),
        () = sleep(Duration::from_secs(60)) => unreachable!("the other one comes first"),
        never = pending::<u32>() => never,
    };
    assert_eq!(chosen, 7);
}

#[heist::test]
async fn select_begins_with_another_branch_each_time_unless_it_is_biased() {
    let mut chosen = [0; 3];
    for _ in 0..300 {
        let which = heist::select! {
            () = ready(()) => 0,
            () = ready(()) => 1,
            () = ready(()) => 2,
        };
        chosen[which] += 1_u32;
        let first = heist::select! {
            biased;
            () = ready(()) => 0,
            () = ready(()) => 1,
        };
        assert_eq!(first, 0);
    }
    // A branch misses all of these once in 10^52 runs.
    assert!(chosen.iter().all(|&times| times > 0), "{chosen:?}");
}

#[heist::test]
async fn select_leaves_out_what_its_condition_or_its_pattern_forbids() {
    let (sender, mut receiver) = mpsc::channel::<u32>(1);
    drop(sender);
    let polled = Cell::new(false);
    let chosen = heist::select! {
        // Closed: `None` does not match the pattern.
        Some(value) = receiver.recv() => value,
        // Created, but not polled.
        () = async { polled.set(true) }, if false => 1,
        else => 2,
    };
    assert_eq!((chosen, polled.get()), (2, false));
}

#[heist::test]
#[should_panic(expected = "all branches are disabled")]
async fn select_with_no_branch_left_and_no_else_panics() {
    heist::select! { () = ready(()), if false => {} }
}

#[heist::test]
async fn handlers_stand_where_the_macro_does() {
    async fn first_error(values: &mut Vec<u32>) -> Result<u32, String> {
        loop {
            let value = heist::select! {
                // The pattern may bind freely, and the handler may use what the future borrowed.
                (Ok(mut value), ref kept) = async { (Ok::<u32, String>(values.len() as u32), 1) } => {
                    value += kept;
                    values.push(value);
                    value
                }
            };
            match value {
                3 => return Ok(value),
                1 => continue,
                _ => {
                    heist::select! { failed = ready(Err::<(), _>("failed".to_owned())) => failed? }
                }
            }
        }
    }
    let mut values = Vec::new();
    assert_eq!(first_error(&mut values).await, Err("failed".to_owned()));
    assert_eq!(values, [1, 2]);
}

#[heist::test]
async fn a_pinned_future_goes_on_over_many_selects() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let work = async {
        for n in 0..5 {
            sender.send(n).unwrap();
            heist::task::yield_now().await;
        }
        "done"
    };
    heist::pin!(work);
    let mut received = Vec::new();
    let end = loop {
        heist::select! {
            biased;
            Some(n) = receiver.recv() => received.push(n),
            end = &mut work => break end,
        }
    };
    assert_eq!((end, received), ("done", vec![0, 1, 2, 3, 4]));
}

/// The first branch is always ready: without a budget, the other task would never run.
#[heist::test(worker_threads = 1)]
async fn a_select_in_a_loop_lets_others_run() {
    let endless = heist::spawn(async {
        loop {
            heist::select! {
                biased;
                () = heist::task::consume_budget() => {}
                () = pending() => {}
            }
        }
    });
    heist::spawn(async {}).await.unwrap();
    endless.abort();
}

#[heist::test]
async fn join_waits_for_all_at_once() {
    let (sender, receiver) = oneshot::channel();
    // Each needs the other to make progress.
    let (sent, received) = heist::join!(
        async move {
            heist::task::yield_now().await;
            sender.send("both").is_ok()
        },
        async move { receiver.await.unwrap() },
    );
    assert_eq!((sent, received), (true, "both"));
    assert_eq!(
        heist::join!(biased; ready(1), ready(2), ready(3)),
        (1, 2, 3)
    );
}

#[heist::test]
async fn try_join_ends_with_the_first_error() {
    let all = heist::try_join!(async { Ok::<_, u8>(1) }, async { Ok("two") });
    assert_eq!(all, Ok((1, "two")));
    let failed = async { heist::try_join!(pending::<Result<(), u8>>(), async { Err::<(), _>(3) }) };
    assert_eq!(
        timeout(Duration::from_secs(60), failed).await.unwrap(),
        Err(3)
    );
}
