//! Runs a server and a client, from the parent's side.

use std::io;
use std::thread;
use std::time::Duration;

use super::address::Address;
use super::churn;
use super::flood::Flood;
use crate::job::{
    ClientFigures, Job, Listening, Load, Loading, PAYLOAD, Pattern, Server, ServerFigures,
};
use crate::plan::Plan;
use crate::process::Child;
use crate::sample::{Latency, Sample};

/// A reply that has not arrived after this many spans will not arrive.
const MOST_SPANS: u32 = 50;

/// How much a server did in the measured span, seen from both sides.
pub(crate) struct Span {
    replies: u64,
    wall: Duration,
    cpu: Duration,
    latency: Option<Latency>,
}

impl Span {
    pub(crate) fn sample(&self) -> Sample {
        Sample {
            latency: self.latency,
            ..Sample::timed(self.replies, self.wall, self.cpu)
        }
    }
}

pub(crate) fn start(server: Server) -> io::Result<(Child, Address)> {
    let mut server = Child::start(&Job::Server(server))?;
    let Listening { address } = server.read()?;
    Ok((server, address))
}

pub(crate) fn closed(
    server: Server,
    connections: usize,
    payload: usize,
    plan: &Plan,
) -> io::Result<Sample> {
    let (server, address) = start(server)?;
    let load = load(address, connections, Pattern::Closed, plan);
    Ok(span(server, &Load { payload, ..load }, plan)?.sample())
}

/// The figure is the latency that 90 % of the requests stay within.
pub(super) fn open(
    server: Server,
    connections: usize,
    rate: u64,
    plan: &Plan,
) -> io::Result<Sample> {
    let (server, address) = start(server)?;
    let load = load(address, connections, Pattern::Open(rate), plan);
    let sample = span(server, &load, plan)?.sample();
    let latency = sample
        .latency
        .ok_or_else(|| io::Error::other("no reply arrived"))?;
    Ok(Sample {
        figure: latency.p90 as f64,
        rate: Some(rate),
        ..sample
    })
}

pub(super) fn churn(server: Server, plan: &Plan) -> io::Result<Sample> {
    let (server, address) = start(server)?;
    let load = load(address, churn::THREADS, Pattern::Churn, plan);
    let threads = churn::THREADS;
    Ok(span(server, &Load { threads, ..load }, plan)?.sample())
}

/// One connection that sends and receives as fast as it can.
pub(super) fn bulk(server: Server, plan: &Plan) -> io::Result<Sample> {
    let (server, address) = start(server)?;
    let client = std::net::TcpStream::connect(address.tcp()?)?;
    Flood::start(vec![client])?.sample(server, plan)
}

pub(crate) fn load(server: Address, connections: usize, pattern: Pattern, plan: &Plan) -> Load {
    Load {
        server,
        connections,
        threads: client_threads(plan.workers).min(connections),
        payload: PAYLOAD,
        pattern,
        requests: u64::MAX,
    }
}

/// Loads an echo service from a new client, and measures the CPU time of the process `server`.
pub(crate) fn span(mut server: Child, load: &Load, plan: &Plan) -> io::Result<Span> {
    let mut client = Child::start(&Job::Client(load.clone()))?;
    let Loading = client.read()?;

    thread::sleep(plan.warm_up_server());
    let (start, cpu_at_start) = figures(&mut client, &mut server)?;
    let mut spans = 0;
    let (end, cpu_at_end) = loop {
        thread::sleep(plan.measure_server());
        let (end, cpu) = figures(&mut client, &mut server)?;
        // A short span on a busy machine may see no reply.
        if end.replies > start.replies {
            break (end, cpu);
        }
        spans += 1;
        if spans == MOST_SPANS {
            return Err(io::Error::other("no reply arrived"));
        }
    };

    // The client first: it checks that every request got its reply.
    client.finish()?;
    server.finish()?;
    let replies = end.replies - start.replies;
    Ok(Span {
        replies,
        wall: end.since_start - start.since_start,
        cpu: cpu_at_end - cpu_at_start,
        latency: end.latency,
    })
}

fn figures(client: &mut Child, server: &mut Child) -> io::Result<(ClientFigures, Duration)> {
    client.ask()?;
    server.ask()?;
    let replies = client.read()?;
    let ServerFigures { cpu, .. } = server.read()?;
    Ok((replies, cpu))
}

/// Returns the number of cores that the server leaves free, and one if it leaves none: a client
/// with as many threads as there are cores would only compete with the server.
fn client_threads(server_workers: usize) -> usize {
    thread::available_parallelism()
        .map_or(1, usize::from)
        .saturating_sub(server_workers)
        .max(1)
}
