//! The servers: the same echo service on either runtime, beside tasks that block their workers.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::Contender;
use crate::contender::{Heist, Runtime, Tokio};

/// How long a task blocks its worker each time, and how long it then sleeps asynchronously.
const BLOCKED: Duration = Duration::from_millis(50);
const WAITING: Duration = Duration::from_millis(10);

/// A server in a process of its own. It ends when its standard input is closed.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(
        contender: Contender,
        workers: usize,
        blocking: usize,
    ) -> io::Result<Server> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--serve", contender.name()]);
        command.args(["--workers", &workers.to_string()]);
        command.args(["--blocking", &blocking.to_string()]);
        Self::spawn(command, contender.name())
    }

    /// Spawns the process and reads its address from its output.
    pub(crate) fn spawn(mut command: Command, name: &str) -> io::Result<Server> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse();
        let address =
            address.map_err(|_| io::Error::other(format!("the {name} server does not start")))?;
        Ok(Server { child, address })
    }

    pub(crate) fn stop(mut self) -> io::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().map(drop)
    }
}

/// Runs the server in its process.
pub(crate) fn serve(contender: Contender, workers: usize, blocking: usize) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    thread::spawn(move || {
        let result = match contender {
            Contender::Heist => on::<Heist>(listener, workers, blocking),
            Contender::Tokio => on::<Tokio>(listener, workers, blocking),
        };
        if let Err(error) = result {
            eprintln!("stall: the {} server stopped: {error}", contender.name());
        }
    });
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

/// Serves until an error occurs.
fn on<R: Runtime>(listener: TcpListener, workers: usize, blocking: usize) -> io::Result<()> {
    let runtime = R::start(workers)?;
    for _ in 0..blocking {
        runtime.spawn(async {
            loop {
                thread::sleep(BLOCKED);
                R::sleep(WAITING).await;
            }
        });
    }
    let (tell, told) = mpsc::channel();
    runtime.spawn(async move {
        // The receiver waits below.
        _ = tell.send(R::echo(listener).await);
    });
    told.recv().expect("the task does not panic")
}
