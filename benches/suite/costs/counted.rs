//! Instructions and system calls of an operation: the difference between a longer and a shorter
//! run under a tool that counts, so that starting and stopping fall out of it.

use std::cell::OnceCell;
use std::io;
use std::thread;
use std::time::Duration;

use super::tool::{Counted, Tool};
use crate::echo::client::Loading;
use crate::echo::{self, Address, Listening, Load, Pattern, Server};
use crate::job::{Contender, Job, Plan, Sample};
use crate::loops;
use crate::process::Child;
use crate::row::{Row, Unit};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    // The slower the tool, the fewer batches.
    for (tool, unit, what, prefix, times) in [
        (
            Tool::Instructions,
            Unit::Instructions,
            "instructions",
            "instructions",
            1,
        ),
        (
            Tool::SystemCalls,
            Unit::Calls,
            "system calls",
            "syscalls",
            5,
        ),
    ] {
        for (name, body, operation) in [
            (
                "spawn",
                "spawn_one",
                "a task spawned and awaited, as in spawn_one",
            ),
            ("wake", "wake", "a task that wakes the next, as in wake"),
            ("yield", "yield", "a yield, as in yield"),
        ] {
            rows.push(super::row(
                &format!("{prefix}_{name}"),
                &format!("{what} of {operation}"),
                unit,
                3,
                Box::new(move |contender, plan| {
                    tool.check(plan)?;
                    let (few, many) = (times, times * plan.pick(20, 4, 2));
                    let few = run_loop(tool, body, contender, plan, few)?;
                    difference(few, run_loop(tool, body, contender, plan, many)?)
                }),
            ));
        }
        for (name, operation, connections, pattern) in [
            (
                "echo_paced",
                "a request on one connection, 500 a second",
                1,
                Pattern::Open(500),
            ),
            ("echo_64", "a request of echo_64", 64, Pattern::Closed),
        ] {
            let mut row = super::row(
                &format!("{prefix}_{name}"),
                &format!("{what} of the server for {operation}"),
                unit,
                3,
                Box::new(move |contender, plan| {
                    tool.check(plan)?;
                    let requests = plan.pick(160, 40, 10);
                    let run = |requests| {
                        let (server, address) = start(tool, contender, plan)?;
                        let load = echo::run::load(address, connections, pattern, plan);
                        serve(server, Load { requests, ..load })
                    };
                    difference(run(requests)?, run(4 * requests)?)
                }),
            );
            row.contenders = Contender::SERVERS;
            rows.push(row);
        }
    }
    rows.push(super::row(
        "futexes_half_load",
        "futex calls per second of the server under the load of echo_64_half_load",
        Unit::CallsPerSecond,
        3,
        Box::new(futexes()),
    ));
    rows
}

/// How often something was done, and how much was counted meanwhile.
struct Run {
    operations: u64,
    total: u64,
}

fn difference(few: Run, many: Run) -> io::Result<Sample> {
    let operations = many.operations - few.operations;
    // Never less than nothing, though two runs that do next to nothing may differ by it.
    let counted = many.total.saturating_sub(few.total);
    Ok(Sample::counted(counted as f64 / operations as f64))
}

fn run_loop(
    tool: Tool,
    name: &str,
    contender: Contender,
    plan: &Plan,
    batches: u64,
) -> io::Result<Run> {
    let plan = Plan {
        batches: Some(batches),
        ..*plan
    };
    let mut counted = tool.start(&loops::job(name, contender, &plan))?;
    let sample: Sample = counted.child.read()?;
    Ok(Run {
        operations: sample.operations,
        total: counted.finish()?,
    })
}

fn start(tool: Tool, contender: Contender, plan: &Plan) -> io::Result<(Counted, Address)> {
    let mut server = tool.start(&Job::Server(Server::new(contender, plan)))?;
    let Listening { address } = server.child.read()?;
    Ok((server, address))
}

fn serve(server: Counted, load: Load) -> io::Result<Run> {
    let operations = load.requests * load.connections as u64;
    let mut client = Child::start(&Job::Client(load))?;
    let Loading = client.read()?;
    client.finish()?;
    Ok(Run {
        operations,
        total: server.finish()?,
    })
}

fn futexes() -> impl Fn(Contender, &Plan) -> io::Result<Sample> {
    let rate = OnceCell::new();
    move |contender, plan| {
        Tool::FutexCalls.check(plan)?;
        let rate = echo::half_of_tokio(&rate, plan)?;
        let mut totals = [0; 2];
        let spans = [1, 4].map(|times| plan.measure_server() * times);
        for (total, span) in totals.iter_mut().zip(spans) {
            *total = futexes_within(span, rate, contender, plan)?;
        }
        let [few, many] = totals;
        let seconds = (spans[1] - spans[0]).as_secs_f64();
        Ok(Sample {
            rate: Some(rate),
            ..Sample::counted(many.saturating_sub(few) as f64 / seconds)
        })
    }
}

fn futexes_within(span: Duration, rate: u64, contender: Contender, plan: &Plan) -> io::Result<u64> {
    let (server, address) = start(Tool::FutexCalls, contender, plan)?;
    let load = echo::run::load(address, 64, Pattern::Open(rate), plan);
    let mut client = Child::start(&Job::Client(load))?;
    let Loading = client.read()?;
    thread::sleep(span);
    client.finish()?;
    server.finish()
}
