//! Waits for something, but not forever.
//!
//! ```sh
//! cargo run --example timeout
//! ```
//!
//! [`timeout`] drops the future when its time is up. A dropped future stops at the `.await` that it
//! had reached, and releases what it holds: cancellation always works this way.

use heist::time::{Elapsed, sleep, timeout};
use std::time::Duration;

/// Pretends to query a server that takes this long to answer.
async fn ask(server: &str, needs: Duration) -> String {
    sleep(needs).await;
    format!("{server} says 42")
}

#[heist::main]
async fn main() {
    let limit = Duration::from_millis(500);

    let near = timeout(limit, ask("near", Duration::from_millis(5))).await;
    println!("{}", near.expect("it answers in time"));

    // A minute is too long.
    match timeout(limit, ask("far", Duration::from_secs(60))).await {
        Ok(answer) => println!("{answer}"),
        Err(Elapsed { .. }) => println!("far did not answer within {limit:?}"),
    }
}
