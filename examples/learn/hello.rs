//! The smallest program: `#[heist::main]` starts a runtime and runs `main` on it.
//!
//! ```sh
//! cargo run --example hello
//! ```
//!
//! An `async fn` does nothing until it is awaited. While it waits (here for the clock) its thread
//! is free for other tasks.

use std::time::Duration;

/// Waits without occupying a thread, and returns the greeting.
async fn greeting(whom: &str) -> String {
    heist::time::sleep(Duration::from_millis(10)).await;
    format!("hello, {whom}")
}

#[heist::main]
async fn main() {
    println!("{}", greeting("world").await);
}
