#![deny(deprecated)]

use heist::time::{Duration, error::Elapsed, sleep, timeout};

#[heist::main]
async fn main() {
    let late: Result<(), Elapsed> = timeout(Duration::ZERO, sleep(Duration::MAX)).await;
    late.unwrap_err();
}
