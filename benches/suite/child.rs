//! The child's side: does the job in its argument and leaves.

use std::io;
use std::process;
use std::thread;
use std::time::Duration;

use crate::echo;
use crate::job::{Job, print_line};
use crate::loops;
use crate::proxy;

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
        Job::Loop {
            name,
            contender,
            plan,
        } => print_line(&loops::run(&name, contender, &plan)),
        Job::Server(server) => echo::server::run(server),
        Job::Client(load) => echo::client::run(&load),
        Job::Proxy(proxy) => proxy::server::run(proxy),
    }
}
