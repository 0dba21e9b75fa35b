#![deny(deprecated)]

use heist::signal::unix::{SignalKind, signal};

#[heist::main]
async fn main() {
    signal(SignalKind::hangup()).unwrap().recv().await;
}
