//! The echo rows: a server in a process of its own, loaded by a client in another process, which
//! uses none of the runtimes.
//!
//! Both answer a line on their standard input with a line of figures: the parent decides which span
//! is measured, and reads both at its start and its end.

pub(crate) mod address;
mod churn;
pub(crate) mod client;
mod connections;
pub(crate) mod flood;
mod floor;
mod limit;
pub(crate) mod run;
mod schedule;
pub(crate) mod server;
mod tally;

use std::cell::OnceCell;
use std::io;

use self::address::Transport;
use crate::job::{BUFFER, PAYLOAD, Server};
use crate::plan::{Contender, Plan};
use crate::row::{Group, Row, Sampler, Unit};
use crate::sample::Sample;

pub(crate) fn rows() -> Vec<Row> {
    let closed = |connections: usize, transport, payload: usize| {
        move |contender, plan: &Plan| {
            // A smoke test should not wait for thousands of connections.
            let connections = plan.pick(connections, connections, connections.min(64));
            let server = Server::new(contender, plan)
                .over(transport)
                .with_buffer(payload.max(BUFFER));
            run::closed(server, connections, payload, plan)
        }
    };
    let tcp = |connections| closed(connections, Transport::Tcp, PAYLOAD);
    let mut rows: Vec<Row> = [1, 16, 64, 512, 4_096]
        .into_iter()
        .map(|connections| {
            let what = format!("a request of 64 bytes and its reply, connections: {connections}");
            row(
                format!("echo_{connections}"),
                what,
                Unit::Requests,
                tcp(connections),
            )
        })
        .collect();
    rows.extend([
        row(
            "echo_64_16k",
            "a request of 16 KiB and its reply, on 64 connections",
            Unit::Requests,
            closed(64, Transport::Tcp, 16 * 1024),
        ),
        row(
            "echo_64_half_load",
            "from when a request was due to its reply, on 64 connections at half the rate that \
             tokio sustains in echo_64: the latency that 90 % are within",
            Unit::Microseconds,
            half_load(),
        ),
        Row {
            contenders: Contender::RUNTIMES,
            ..row(
                "echo_64_stall",
                "from when a request was due to its reply, at 5,000 a second on 64 connections, \
                 while tasks block every worker for 50 of 60 ms: the latency that 90 % are within",
                Unit::Microseconds,
                |contender, plan| {
                    let server = Server {
                        stalls: true,
                        ..Server::new(contender, plan)
                    };
                    run::open(server, 64, 5_000, plan)
                },
            )
        },
        row(
            "echo_churn",
            "a connection: opened, used for one request, and closed",
            Unit::Requests,
            |contender, plan| run::churn(Server::new(contender, plan), plan),
        ),
        row(
            "echo_bulk",
            "a MiB that goes through the server and back, on one connection",
            Unit::Mebibytes,
            |contender, plan| run::bulk(Server::new(contender, plan).with_buffer(64 * 1024), plan),
        ),
        row(
            "echo_64_udp",
            "a datagram of 64 bytes and its reply, from 64 sockets to one",
            Unit::Requests,
            closed(64, Transport::Udp, PAYLOAD),
        ),
        row(
            "echo_64_unix",
            "a request of 64 bytes and its reply, on 64 Unix connections",
            Unit::Requests,
            closed(64, Transport::Unix, PAYLOAD),
        ),
    ]);
    rows
}

fn half_load() -> impl Fn(Contender, &Plan) -> io::Result<Sample> {
    let rate = OnceCell::new();
    move |contender, plan| {
        let rate = half_of_tokio(&rate, plan)?;
        run::open(Server::new(contender, plan), 64, rate, plan)
    }
}

/// Returns half the rate that tokio sustains on 64 connections, measured once and kept in `rate`.
pub(crate) fn half_of_tokio(rate: &OnceCell<u64>, plan: &Plan) -> io::Result<u64> {
    if let Some(&rate) = rate.get() {
        return Ok(rate);
    }
    let full = run::closed(Server::new(Contender::Tokio, plan), 64, PAYLOAD, plan)?;
    Ok(*rate.get_or_init(|| (1e9 / full.figure / 2.0) as u64))
}

fn row(
    name: impl Into<String>,
    what: impl Into<String>,
    unit: Unit,
    sample: impl Fn(Contender, &Plan) -> io::Result<Sample> + 'static,
) -> Row {
    let sample: Box<Sampler> = Box::new(sample);
    Row {
        name: name.into(),
        group: Group::Io,
        what: what.into(),
        unit,
        contenders: Contender::SERVERS,
        most_rounds: u32::MAX,
        sample,
    }
}
