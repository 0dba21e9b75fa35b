//! The proxy rows: a proxy in a process of its own, between ends that are written on none of the
//! runtimes. They compare `copy_bidirectional` of heist and of tokio.

mod flood;
pub(crate) mod server;

use std::io;
use std::net::SocketAddr;
use std::thread;

use crate::echo::{self, Listening, ServerFigures};
use crate::job::{Contender, Job, Plan, Sample};
use crate::process::Child;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// Both ends of one connection send as fast as they can. An operation is a MiB that arrives.
    Bulk,
    /// Requests and replies on many connections. An operation is one of each.
    Messages,
}

impl Row {
    pub(crate) const ALL: [Row; 2] = [Row::Bulk, Row::Messages];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Row::Bulk => "proxy_bulk",
            Row::Messages => "proxy_64",
        }
    }

    /// Loads a fresh proxy.
    pub(crate) fn sample(self, contender: Contender, plan: &Plan) -> io::Result<Sample> {
        match self {
            Row::Bulk => bulk(contender, plan),
            Row::Messages => messages(contender, plan),
        }
    }
}

fn start(
    contender: Contender,
    plan: &Plan,
    upstream: SocketAddr,
) -> io::Result<(Child, SocketAddr)> {
    let mut proxy = Child::start(&Job::Proxy {
        contender,
        workers: plan.workers,
        upstream,
    })?;
    let Listening { address } = proxy.read()?;
    Ok((proxy, address))
}

fn bulk(contender: Contender, plan: &Plan) -> io::Result<Sample> {
    let upstream = flood::Upstream::bind()?;
    let (mut proxy, address) = start(contender, plan, upstream.address()?)?;
    let mut figures = |flood: &flood::Flood| {
        proxy.ask()?;
        let arrived = flood.arrived();
        let ServerFigures { cpu } = proxy.read()?;
        io::Result::Ok((arrived, cpu))
    };
    let flood = upstream.flood_through(address)?;
    thread::sleep(plan.warm_up());
    let ((start, at_start), cpu_at_start) = figures(&flood)?;
    thread::sleep(plan.measure());
    let ((end, at_end), cpu_at_end) = figures(&flood)?;
    drop(flood);
    proxy.finish()?;
    let mebibytes = (end - start) >> 20;
    Ok(Sample::new(
        mebibytes,
        at_end - at_start,
        cpu_at_end - cpu_at_start,
    ))
}

/// The load of the echo rows, with the proxy before the server.
fn messages(contender: Contender, plan: &Plan) -> io::Result<Sample> {
    const CONNECTIONS: usize = 64;
    let mut server = Child::start(&Job::EchoServer {
        contender: Contender::Epoll,
        workers: 1,
    })?;
    let Listening { address } = server.read()?;
    let (proxy, address) = start(contender, plan, address)?;
    let sample = echo::load_server(address, proxy, CONNECTIONS, None, plan)?;
    server.finish()?;
    Ok(sample)
}
