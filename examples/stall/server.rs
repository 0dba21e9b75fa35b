//! The servers: the same echo on either runtime, with tasks beside it that block their workers.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::Contender;

/// How long a task blocks its worker each time, and how long it then waits as it should.
const BLOCKED: Duration = Duration::from_millis(50);
const WAITING: Duration = Duration::from_millis(10);

/// A server in a process of its own. It ends when its standard input does.
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

    /// It prints its address.
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

/// The body of that process.
pub(crate) fn serve(contender: Contender, workers: usize, blocking: usize) -> io::Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    thread::spawn(move || {
        let result = match contender {
            Contender::Heist => on_heist(listener, workers, blocking),
            Contender::Tokio => on_tokio(listener, workers, blocking),
        };
        if let Err(error) = result {
            eprintln!("stall: the {} server stopped: {error}", contender.name());
        }
    });
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

fn on_heist(listener: std::net::TcpListener, workers: usize, blocking: usize) -> io::Result<()> {
    use heist::io::AsyncWriteExt;
    use heist::net::{TcpListener, TcpStream};

    async fn echo(mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut buffer = [0; 4096];
        loop {
            match stream.read(&mut buffer).await? {
                0 => return Ok(()),
                len => stream.write_all(&buffer[..len]).await?,
            }
        }
    }

    let runtime = heist::runtime::Builder::new()
        .worker_threads(workers)
        .build()?;
    for _ in 0..blocking {
        runtime.spawn(async {
            loop {
                thread::sleep(BLOCKED);
                heist::time::sleep(WAITING).await;
            }
        });
    }
    let accepting = runtime.spawn(async move {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            heist::spawn(echo(stream));
        }
    });
    runtime.block_on(accepting)?
}

fn on_tokio(listener: std::net::TcpListener, workers: usize, blocking: usize) -> io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    async fn echo(mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut buffer = [0; 4096];
        loop {
            match stream.read(&mut buffer).await? {
                0 => return Ok(()),
                len => stream.write_all(&buffer[..len]).await?,
            }
        }
    }

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()?;
    for _ in 0..blocking {
        runtime.spawn(async {
            loop {
                thread::sleep(BLOCKED);
                tokio::time::sleep(WAITING).await;
            }
        });
    }
    let accepting = runtime.spawn(async move {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(echo(stream));
        }
    });
    runtime.block_on(accepting)?
}
