//! The proxy rows: a proxy in a process of its own, between ends that use none of the runtimes.
//! They compare the `copy_bidirectional` of heist and of tokio.

pub(crate) mod server;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use crate::echo;
use crate::echo::address::Address;
use crate::echo::flood::Flood;
use crate::job::{Job, Listening, Pattern, Proxy, Server};
use crate::plan::{Contender, Plan};
use crate::process::Child;
use crate::row::{Group, Row, Sampler, Unit};
use crate::sample::Sample;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row(
            "proxy_bulk",
            "a MiB that arrives, while both ends of a proxied connection send all they can",
            Unit::Mebibytes,
            Box::new(bulk),
        ),
        row(
            "proxy_64",
            "a request of 64 bytes and its reply, through a proxy, on 64 connections",
            Unit::Requests,
            Box::new(messages),
        ),
    ]
}

fn row(name: &str, what: &str, unit: Unit, sample: Box<Sampler>) -> Row {
    Row {
        name: name.to_owned(),
        group: Group::Io,
        what: what.to_owned(),
        unit,
        contenders: Contender::PROXIES,
        most_rounds: u32::MAX,
        sample,
    }
}

fn start(contender: Contender, plan: &Plan, upstream: SocketAddr) -> io::Result<(Child, Address)> {
    let mut proxy = Child::start(&Job::Proxy(Proxy {
        contender,
        workers: plan.workers,
        upstream,
    }))?;
    let Listening { address } = proxy.read()?;
    Ok((proxy, address))
}

fn bulk(contender: Contender, plan: &Plan) -> io::Result<Sample> {
    let upstream = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let (proxy, address) = start(contender, plan, upstream.local_addr()?)?;
    let client = TcpStream::connect(address.tcp()?)?;
    let (server, _) = upstream.accept()?;
    Flood::start(vec![client, server])?.sample(proxy, plan)
}

/// Runs the load of the echo rows, with the proxy in front of the server.
fn messages(contender: Contender, plan: &Plan) -> io::Result<Sample> {
    let upstream = Server {
        workers: 1,
        ..Server::new(Contender::Epoll, plan)
    };
    let (server, address) = echo::run::start(upstream)?;
    let (proxy, address) = start(contender, plan, address.tcp()?)?;
    let load = echo::run::load(address, 64, Pattern::Closed, plan);
    let sample = echo::run::span(proxy, &load, plan)?.sample();
    server.finish()?;
    Ok(sample)
}
