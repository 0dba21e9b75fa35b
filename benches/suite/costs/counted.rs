//! Instructions and system calls of one operation: the difference between a longer and a shorter
//! run under a tool that counts, so that starting and stopping cancel out.

use std::cell::OnceCell;
use std::io;
use std::thread;
use std::time::Duration;

use super::tool::{Counted, Tool};
use crate::echo;
use crate::echo::address::Address;
use crate::job::{Job, Listening, Load, Loading, Pattern, Server};
use crate::plan::{Contender, Plan};
use crate::process::Child;
use crate::row::{Row, Unit};
use crate::sample::Sample;

/// The counts hardly differ from round to round.
const ROUNDS: u32 = 3;

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for tool in [Tool::Instructions, Tool::SystemCalls] {
        rows.extend([
            of_loop(tool, "spawn", "spawn_one"),
            of_loop(tool, "wake", "wake"),
            of_loop(tool, "yield", "yield"),
            of_server(tool, "echo_64", 64, Pattern::Closed, "a request of echo_64"),
            of_server(
                tool,
                "echo_paced",
                1,
                Pattern::Open(500),
                "a request on one connection, of 500 in a second",
            ),
        ]);
    }
    rows.push(super::row(
        "futexes_half_load",
        "futex calls per second of the server under the load of echo_64_half_load",
        Unit::CallsPerSecond,
        ROUNDS,
        Box::new(futexes()),
    ));
    rows
}

fn of_loop(tool: Tool, name: &str, body: &'static str) -> Row {
    super::row(
        &format!("{}_{name}", tool.prefix()),
        &format!("{} of an operation of the row {body}", tool.counts()),
        tool.unit(),
        ROUNDS,
        Box::new(move |contender, plan| {
            tool.check(plan)?;
            let few = run_loop(tool, body, contender, plan, 2)?;
            let many = run_loop(tool, body, contender, plan, plan.pick(12, 6, 3))?;
            difference(few, many)
        }),
    )
}

fn of_server(tool: Tool, name: &str, connections: usize, pattern: Pattern, operation: &str) -> Row {
    let row = super::row(
        &format!("{}_{name}", tool.prefix()),
        &format!("{} of the server for {operation}", tool.counts()),
        tool.unit(),
        ROUNDS,
        Box::new(move |contender, plan| {
            tool.check(plan)?;
            let requests = plan.pick(160, 20, 10);
            let run = |requests| {
                let (server, address) = start(tool, contender, plan)?;
                let load = echo::run::load(address, connections, pattern, plan);
                serve(server, Load { requests, ..load })
            };
            difference(run(requests)?, run(4 * requests)?)
        }),
    );
    Row {
        contenders: Contender::SERVERS,
        ..row
    }
}

/// How many operations were done, and how many events the tool counted in the meantime.
struct Run {
    operations: u64,
    total: u64,
}

fn difference(few: Run, many: Run) -> io::Result<Sample> {
    let operations = many.operations - few.operations;
    // Never negative, although two runs that do next to nothing may differ by noise.
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
    let mut counted = tool.start(&Job::of_loop(name, contender, &plan))?;
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
        let spans = [1, 3].map(|times| plan.measure_server() * times);
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
