//! A group of tasks: all succeed, or the first failure cancels the rest.
//!
//! ```sh
//! cargo run --example task_group
//! ```
//!
//! No task outlives its group: when `join` has returned or the group is dropped, all have ended.

use heist::task::TaskGroup;
use heist::time::sleep;
use std::time::Duration;

/// Pretends to fetch a page. There are ten pages.
async fn fetch(page: u32) -> Result<String, String> {
    if page > 10 {
        return Err(format!("there is no page {page}"));
    }
    sleep(Duration::from_millis(10)).await;
    Ok(format!("page {page}"))
}

#[heist::main]
async fn main() {
    // Two at a time; the results are in the order of the calls to `spawn`.
    let group = TaskGroup::new().limit(2);
    for page in 1..=4 {
        group.spawn(fetch(page));
    }
    match group.join().await {
        Ok(pages) => println!("{}", pages.join(", ")),
        Err(error) => println!("failed: {error}"),
    }

    // The task that would take an hour is cancelled when the other one fails.
    let group = TaskGroup::new();
    group.spawn(async {
        sleep(Duration::from_secs(3600)).await;
        fetch(1).await
    });
    group.spawn(fetch(11));
    match group.join().await {
        Ok(pages) => println!("{}", pages.join(", ")),
        Err(error) => println!("failed: {error}"),
    }
}
