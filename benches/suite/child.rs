//! The child process: runs the job in its argument and exits.

use std::io;
use std::process;
use std::thread;
use std::time::Duration;

use crate::echo;
use crate::job::{Job, print_line};
use crate::loops;
use crate::proxy;

/// No job takes this long: one that does has lost a wake-up, and must fail instead of hanging the
/// suite.
const DEADLINE: Duration = Duration::from_secs(120);

pub(crate) fn run(job: &str) -> io::Result<()> {
    let job: Job = serde_json::from_str(job)?;
    thread::spawn(|| {
        thread::sleep(DEADLINE);
        eprintln!("not finished after {DEADLINE:?}: the job hangs");
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
