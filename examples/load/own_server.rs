//! The server that `load` starts if it is given no address: the `echo` example, on a runtime of its
//! own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use heist::net::TcpListener;
use heist::runtime::{Builder, Runtime};
use heist_tools::echo::{Ending, connections};

/// A running echo server. Dropping it closes its connections and ends its threads.
pub(crate) struct OwnServer {
    pub(crate) address: SocketAddr,
    _runtime: Runtime,
}

impl OwnServer {
    /// Starts the server on a free port of the loopback interface.
    pub(crate) fn start(workers: usize) -> io::Result<OwnServer> {
        let runtime = Builder::new()
            .worker_threads(workers)
            .thread_name("echo-worker")
            .build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        // The server is never asked to end, and ends with its runtime.
        let server = connections(listener, Arc::default(), Ending::default());
        runtime.spawn_try(server);
        Ok(OwnServer {
            address,
            _runtime: runtime,
        })
    }
}
