//! Two tasks run at the same time, and their results are awaited.
//!
//! ```sh
//! cargo run --example two_tasks
//! ```
//!
//! [`heist::spawn`] starts a task, which runs whether or not it is awaited. Awaiting the returned
//! handle gives the task's output, or an error if the task panicked; a panic ends only that task.

use std::time::Duration;

/// Counts to three, with a pause before each number.
async fn count(name: &'static str, pause: Duration) -> u32 {
    for number in 1..=3 {
        heist::time::sleep(pause).await;
        println!("{name}: {number}");
    }
    3
}

#[heist::main]
async fn main() {
    let quick = heist::spawn(count("quick", Duration::from_millis(10)));
    let slow = heist::spawn(count("slow", Duration::from_millis(25)));

    // Both are already running: awaiting the slow one first delays nothing.
    let slow = slow.await.expect("it does not panic");
    let quick = quick.await.expect("it does not panic");
    println!("counted {} numbers", slow + quick);

    let unlucky = heist::spawn(async { panic!("this task only") });
    let error = unlucky.await.expect_err("it panics");
    println!("the third task panicked: {}", error.is_panic());
}
