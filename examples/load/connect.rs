//! Opening the connections: a few at a time, so that the server's listen backlog never overflows.
//!
//! A connection that does not fit in the backlog is not refused: its SYN is dropped and sent again
//! a second later, which would make thousands of connections take minutes. A connection accepted by
//! the kernel may still wait in the backlog for the server, so each one exchanges a request first.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use heist::task::JoinHandle;
use heist::time::timeout;

use crate::client::{Client, Target};
use crate::errors::{ErrorKind, Failure};
use crate::run::Run;

/// How many connections are being opened at any moment: half of the shortest common backlog (128,
/// or 100).
const AT_ONCE: u64 = 50;

/// Connections being opened, in the background.
pub(crate) struct Connecting {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

struct Shared {
    run: Arc<Run>,
    server: Target,
    wanted: u64,
    next: AtomicU64,
    proven: Mutex<Vec<Client>>,
}

impl Connecting {
    /// Starts to open `wanted` connections to the server.
    pub(crate) fn start(run: &Arc<Run>, server: Target, wanted: u64) -> Connecting {
        let shared = Arc::new(Shared {
            run: run.clone(),
            server,
            wanted,
            next: AtomicU64::new(0),
            proven: Mutex::default(),
        });
        let tasks = (0..wanted.min(AT_ONCE))
            .map(|_| heist::spawn(shared.clone().open()))
            .collect();
        Connecting { shared, tasks }
    }

    /// Returns whether every connection is up or has failed.
    pub(crate) fn is_finished(&self) -> bool {
        self.tasks.iter().all(JoinHandle::is_finished)
    }

    /// Returns the connections that are up, and abandons those still being opened.
    pub(crate) async fn finish(self) -> Vec<Client> {
        for task in self.tasks {
            task.abort();
            // Cancelled or done: either way it no longer opens connections.
            _ = task.await;
        }
        std::mem::take(&mut self.shared.proven())
    }
}

impl Shared {
    /// Opens one connection after the other while more are wanted.
    async fn open(self: Arc<Self>) {
        loop {
            let index = self.next.fetch_add(1, Relaxed);
            if index >= self.wanted {
                return;
            }
            match self.connect(index).await {
                Ok(client) => {
                    if let Some(proven) = client.prove().await {
                        self.proven().push(proven);
                    }
                }
                Err(failure) => self.run.errors.add(index, failure),
            }
        }
    }

    fn proven(&self) -> MutexGuard<'_, Vec<Client>> {
        self.proven.lock().expect("no panic while it is held")
    }

    async fn connect(&self, index: u64) -> Result<Client, Failure> {
        let limit = self.run.timeout;
        let late = |_| {
            let what = format!("not connected within {limit:?}");
            Failure::new(ErrorKind::ConnectTimeout, what)
        };
        let connecting = self.server.connect(index, self.run.clone());
        Ok(timeout(limit, connecting).await.map_err(late)??)
    }
}
