//! What the parent requests from a child process, and what the child returns: JSON in the child's
//! hidden argument, and JSON lines on its standard output.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::echo::address::{Address, Transport};
use crate::plan::{Contender, Plan};
use crate::sample::Latency;

/// What a child process does.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Runs the loop of this name.
    Loop {
        name: String,
        contender: Contender,
        plan: Plan,
    },
    Server(Server),
    Client(Load),
    Proxy(Proxy),
}

impl Job {
    pub(crate) fn of_loop(name: &str, contender: Contender, plan: &Plan) -> Job {
        Job::Loop {
            name: name.to_owned(),
            contender,
            plan: *plan,
        }
    }
}

/// Bytes of a request and of its reply, unless a row uses another size.
pub(crate) const PAYLOAD: usize = 64;

/// The most bytes that every server reads at a time, unless a row uses another size.
pub(crate) const BUFFER: usize = 4096;

/// The task of a server's process.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Server {
    pub(crate) contender: Contender,
    pub(crate) workers: usize,
    pub(crate) transport: Transport,
    pub(crate) buffer: usize,
    /// Whether other tasks block every worker most of the time.
    pub(crate) stalls: bool,
}

/// The task of a client's process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Load {
    pub(crate) server: Address,
    pub(crate) connections: usize,
    pub(crate) threads: usize,
    pub(crate) payload: usize,
    pub(crate) pattern: Pattern,
    /// The most requests that each connection carries.
    pub(crate) requests: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Pattern {
    /// Every connection sends the next request as soon as it has its reply.
    Closed,
    /// A number of requests per second, independent of the replies.
    Open(u64),
    /// A new connection for every request.
    Churn,
}

/// The server's first line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Listening {
    pub(crate) address: Address,
}

/// The server's answer to a line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ServerFigures {
    pub(crate) cpu: Duration,
    pub(crate) resident: u64,
}

impl Server {
    pub(crate) fn new(contender: Contender, plan: &Plan) -> Server {
        Server {
            contender,
            workers: plan.workers,
            transport: Transport::Tcp,
            buffer: BUFFER,
            stalls: false,
        }
    }

    pub(crate) fn over(self, transport: Transport) -> Server {
        Server { transport, ..self }
    }

    pub(crate) fn with_buffer(self, buffer: usize) -> Server {
        Server { buffer, ..self }
    }
}

/// The task of a proxy's process.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Proxy {
    pub(crate) contender: Contender,
    pub(crate) workers: usize,
    pub(crate) upstream: SocketAddr,
}

/// The client's first line: all connections are open and carry load, or have carried all their
/// load.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Loading;

/// The client's answer to a line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ClientFigures {
    pub(crate) since_start: Duration,
    pub(crate) replies: u64,
    /// Latency of the requests since the previous line.
    pub(crate) latency: Option<Latency>,
}

/// Answers the parent.
pub(crate) fn print_line(answer: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    let mut stdout = io::stdout().lock();
    stdout.write_all(&line)?;
    stdout.flush()
}
