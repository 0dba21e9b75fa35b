//! A service and its signals: SIGHUP reloads the configuration, SIGTERM or Ctrl-C ends the service.
//!
//! ```sh
//! cargo run --example signals
//! kill -HUP PID                # in another terminal, with the number that it prints
//! ```

use heist::signal::{Reload, reload, shutdown};
use std::io;

/// Pretends to read a file.
async fn configuration(version: u32) -> String {
    format!("configuration {version}")
}

/// Does the service's work until the configuration changes.
async fn work(configuration: String) {
    println!("running with {configuration}");
    std::future::pending().await
}

/// Restarts the work at each request to reload.
async fn service(mut reloads: Reload) {
    let mut version = 0;
    loop {
        version += 1;
        let working = heist::spawn(work(configuration(version).await));
        let requested = reloads.recv().await;
        working.abort();
        if requested.is_none() {
            return; // the runtime shuts down
        }
    }
}

#[heist::main]
async fn main() -> io::Result<()> {
    // Listening begins here, before the process id is printed.
    let shutdown = shutdown();
    let service = heist::spawn(service(reload()?));
    println!("process {}", std::process::id());

    let request = shutdown.await?;
    service.abort();
    println!("ending because of {}", request.signal());
    Ok(())
}
