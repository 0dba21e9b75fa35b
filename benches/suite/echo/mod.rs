//! The echo rows: a server in a process of its own, loaded by a client in another,
//! which is written on none of the runtimes.
//!
//! Both answer a line on their standard input with a line of figures, so that the
//! parent decides which span is measured and reads both ends of it together.

pub(crate) mod client;
mod connections;
mod schedule;
pub(crate) mod server;
mod server_epoll;
mod server_heist;
mod server_smol;
mod server_tokio;

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::job::{Contender, Job, Latency, Plan, Sample};
use crate::process::Child;

/// Bytes of a request, and of its reply.
const PAYLOAD: usize = 64;

/// Bytes every server reads at most at a time.
const SERVER_BUFFER: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Row {
    /// Every connection sends as soon as it has its reply.
    Closed { connections: usize },
    /// Requests come at half the rate that tokio sustains, whatever the replies do.
    HalfLoad { connections: usize },
}

/// What the client is to do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Load {
    server: SocketAddr,
    connections: usize,
    threads: usize,
    /// Requests per second; none: as fast as the replies come.
    rate: Option<u64>,
}

/// The server's first line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
}

/// The server's answer to a line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ServerFigures {
    pub(crate) cpu: Duration,
}

/// The client's first line: every connection stands and carries load.
#[derive(Debug, Serialize, Deserialize)]
struct Loading;

/// The client's answer to a line.
#[derive(Debug, Serialize, Deserialize)]
struct ClientFigures {
    since_start: Duration,
    replies: u64,
    /// Of the requests since the last line.
    latency: Option<Latency>,
}

impl Row {
    pub(crate) const ALL: [Row; 4] = [
        Row::Closed { connections: 1 },
        Row::Closed { connections: 64 },
        Row::Closed { connections: 1_000 },
        Row::HalfLoad { connections: 64 },
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Row::Closed { connections } => format!("echo_{connections}"),
            Row::HalfLoad { connections } => format!("echo_{connections}_half_load"),
        }
    }

    /// The rate every contender is to be loaded with, if the row has one.
    pub(crate) fn rate(self, plan: &Plan) -> io::Result<Option<u64>> {
        let Row::HalfLoad { connections } = self else {
            return Ok(None);
        };
        let full = Row::Closed { connections }.sample(Contender::Tokio, plan, None)?;
        Ok(Some(full.operations * 1_000_000_000 / full.wall_ns / 2))
    }

    /// Loads a fresh server from a fresh client.
    pub(crate) fn sample(
        self,
        contender: Contender,
        plan: &Plan,
        rate: Option<u64>,
    ) -> io::Result<Sample> {
        let (Row::Closed { connections } | Row::HalfLoad { connections }) = self;
        let workers = plan.workers;
        let mut server = Child::start(&Job::EchoServer { contender, workers })?;
        let Listening { address } = server.read()?;
        load_server(address, server, connections, rate, plan)
    }
}

/// Loads an echo service from a fresh client, and takes the CPU time of the process `server`.
pub(crate) fn load_server(
    address: SocketAddr,
    mut server: Child,
    connections: usize,
    rate: Option<u64>,
    plan: &Plan,
) -> io::Result<Sample> {
    let mut client = Child::start(&Job::EchoClient(Load {
        server: address,
        connections,
        threads: client_threads(plan.workers).min(connections),
        rate,
    }))?;
    let Loading = client.read()?;

    thread::sleep(plan.warm_up());
    let (start, cpu_at_start) = figures(&mut client, &mut server)?;
    thread::sleep(plan.measure());
    let (end, cpu_at_end) = figures(&mut client, &mut server)?;

    // The client first: it checks that every request has had its reply.
    client.finish()?;
    server.finish()?;
    let replies = end.replies - start.replies;
    let wall = end.since_start - start.since_start;
    Ok(Sample {
        latency: end.latency,
        ..Sample::new(replies, wall, cpu_at_end - cpu_at_start)
    })
}

fn figures(client: &mut Child, server: &mut Child) -> io::Result<(ClientFigures, Duration)> {
    client.ask()?;
    server.ask()?;
    let replies = client.read()?;
    let ServerFigures { cpu } = server.read()?;
    Ok((replies, cpu))
}

/// The cores that the server leaves free; one where it leaves none, since a client
/// with as many threads as there are cores would only take turns with the server.
fn client_threads(server_workers: usize) -> usize {
    thread::available_parallelism()
        .map_or(1, usize::from)
        .saturating_sub(server_workers)
        .max(1)
}

/// Allows as many open connections as the machine permits without asking anybody.
fn raise_fd_limit() -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    Ok(setrlimit(Resource::Nofile, raised)?)
}
