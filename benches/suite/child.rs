//! The child's side: does the job in its argument and leaves.

use std::io::{self, Write};
use std::process;
use std::thread;
use std::time::Duration;

use crate::echo;
use crate::job::{Contender, Job, Plan, Sample};
use crate::proxy;
use crate::runtimes::{Heist, Smol, Tokio};
use crate::scheduler::Row;

/// No job takes this long; what does has lost a wake-up, and must fail and not
/// hang the suite.
const DEADLINE: Duration = Duration::from_secs(120);

pub(crate) fn run(job: &str) -> io::Result<()> {
    let job: Job = serde_json::from_str(job)?;
    thread::spawn(|| {
        thread::sleep(DEADLINE);
        eprintln!("no end after {DEADLINE:?}: something hangs");
        process::exit(1);
    });
    match job {
        Job::Scheduler {
            row,
            contender,
            plan,
        } => print_line(&scheduler(row, contender, &plan)),
        Job::EchoServer { contender, workers } => echo::server::run(contender, workers),
        Job::EchoClient(load) => echo::client::run(&load),
        Job::Proxy {
            contender,
            workers,
            upstream,
        } => proxy::server::run(contender, workers, upstream),
    }
}

fn scheduler(row: Row, contender: Contender, plan: &Plan) -> Sample {
    match contender {
        Contender::Heist => row.run::<Heist>(plan),
        Contender::Tokio => row.run::<Tokio>(plan),
        Contender::Smol => row.run::<Smol>(plan),
        Contender::Epoll => unreachable!("the floor has no scheduler"),
        Contender::HeistBuffered | Contender::Tokio64K => unreachable!("it is a proxy"),
    }
}

/// Answers the parent.
pub(crate) fn print_line(answer: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    let mut stdout = io::stdout().lock();
    stdout.write_all(&line)?;
    stdout.flush()
}
