//! `tokio-console`: console-subscriber sees this package's tasks, and reports them to a client.
//!
//! Only in a program that is built for it, as `.ci/run` does: `RUSTFLAGS="--cfg
//! console_without_tokio_unstable" cargo test --test console`.
#![cfg(console_without_tokio_unstable)]

use console_api::instrument::InstrumentRequest;
use console_api::instrument::instrument_client::InstrumentClient;
use console_api::tasks::Stats;
use console_subscriber::{ConsoleLayer, ServerAddr};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tracing_subscriber::prelude::*;

/// What the client has received about the tasks spawned in this file, by line.
#[derive(Default)]
struct Heard {
    lines: HashMap<u64, u32>,
    stats: HashMap<u32, Stats>,
}

impl Heard {
    fn add(&mut self, update: console_api::tasks::TaskUpdate) {
        for task in update.new_tasks {
            let location = task.location.unwrap_or_default();
            if location.file.is_some_and(|file| file.ends_with(file!())) {
                self.lines
                    .insert(task.id.unwrap().id, location.line.unwrap());
            }
        }
        for (id, stats) in update.stats_update {
            if let Some(line) = self.lines.get(&id) {
                self.stats.insert(*line, stats);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokio_consoles_client_sees_the_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("console");
    let (layer, server) = ConsoleLayer::builder()
        .server_addr(ServerAddr::Unix(socket.clone()))
        .publish_interval(Duration::from_millis(10))
        .retention(Duration::from_secs(600))
        .build();
    tracing_subscriber::registry().with(layer).init();
    // The server reports none of its own tasks.
    tokio::spawn(server.serve());

    let (release, released) = oneshot::channel::<()>();
    let (waiting, waits) = (
        line!() + 1,
        tokio::spawn(async move {
            for _ in 0..10 {
                yield_now().await;
            }
            let _ = released.await;
        }),
    );

    let endpoint = format!("unix://{}", socket.display());
    let mut client = loop {
        match InstrumentClient::connect(endpoint.clone()).await {
            Ok(client) => break client,
            Err(_) => yield_now().await,
        }
    };
    let mut updates = client
        .watch_updates(InstrumentRequest {})
        .await
        .unwrap()
        .into_inner();
    let mut heard = Heard::default();
    let mut release = Some(release);
    loop {
        let update = updates.message().await.unwrap().expect("updates go on");
        if let Some(update) = update.task_update {
            heard.add(update);
        }
        let Some(stats) = heard.stats.get(&waiting) else {
            continue;
        };
        let polls = stats.poll_stats.as_ref().unwrap().polls;
        match release.take() {
            Some(release) if polls == 11 => {
                // The channel holds a clone of its waker.
                assert_eq!(stats.waker_clones, stats.waker_drops + 1);
                assert_eq!((stats.wakes, stats.self_wakes), (10, 10));
                assert!(stats.dropped_at.is_none());
                release.send(()).unwrap();
            }
            Some(not_yet) => release = Some(not_yet),
            None if stats.dropped_at.is_some() => break,
            None => {}
        }
    }
    waits.await.unwrap();
    let stats = &heard.stats[&waiting];
    // One more for the drop of the future, as in tokio.
    assert_eq!(stats.poll_stats.as_ref().unwrap().polls, 12 + 1);
}
