//! The server's process: one thread listens to the parent, the others serve. The servers are the
//! same on every runtime; the floor has its own.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::process;
use std::thread;
use std::time::Duration;

use super::address::{Listener as Bound, Transport};
use super::floor;
use super::limit::raise_fd_limit;
use crate::clock::{process_cpu, resident};
use crate::job::{Listening, Server, ServerFigures, print_line};
use crate::plan::Contender;
use crate::runtimes::{Datagrams, Heist, Listener, Network, Runtime, Smol, Stream, Tokio};

/// In a server whose tasks stall: how long a task blocks its worker, and the pause between stalls.
const STALL: Duration = Duration::from_millis(50);
const PAUSE: Duration = Duration::from_millis(10);

pub(crate) fn run(server: Server) -> io::Result<()> {
    listen(server.transport, move |listener| match server.contender {
        Contender::Heist => serve::<Heist>(server, listener),
        Contender::HeistUnwatched => {
            Heist::watch_no_more();
            serve::<Heist>(server, listener)
        }
        Contender::Tokio => serve::<Tokio>(server, listener),
        Contender::Smol => serve::<Smol>(server, listener),
        Contender::Epoll => floor::serve(listener, server),
        _ => unreachable!("this contender has no echo server"),
    })
}

/// Listens, tells the parent the address, and runs the server until the parent closes standard
/// input.
pub(crate) fn listen(
    transport: Transport,
    serve: impl FnOnce(Bound) -> io::Result<Infallible> + Send + 'static,
) -> io::Result<()> {
    raise_fd_limit()?;
    let (listener, address) = Bound::bind(transport)?;
    print_line(&Listening { address })?;
    thread::spawn(move || {
        let Err(error) = serve(listener);
        eprintln!("the server stopped: {error}");
        process::exit(1);
    });
    for line in io::stdin().lines() {
        line?;
        print_line(&ServerFigures {
            cpu: process_cpu(),
            resident: resident()?,
        })?;
    }
    Ok(())
}

/// Serves from a task, so that accepting is a worker's job like everything else.
pub(crate) fn on<R, F>(workers: usize, serve: F) -> io::Result<Infallible>
where
    R: Runtime,
    F: Future<Output = io::Result<Infallible>> + Send + 'static,
{
    R::start(workers).block_on(async { R::spawn(serve).await })
}

fn serve<R: Network>(server: Server, listener: Bound) -> io::Result<Infallible> {
    on::<R, _>(server.workers, async move {
        if server.stalls {
            for _ in 0..server.workers {
                R::detach(stall::<R>());
            }
        }
        match listener {
            Bound::Tcp(listener) => accept::<R, _>(R::tcp(listener)?, server.buffer).await,
            Bound::Unix(listener) => accept::<R, _>(R::unix(listener)?, server.buffer).await,
            Bound::Udp(socket) => echo_datagrams(R::udp(socket)?, server.buffer).await,
        }
    })
}

async fn accept<R: Network, L: Listener>(listener: L, buffer: usize) -> io::Result<Infallible> {
    loop {
        let stream = listener.next().await?;
        R::detach(async move {
            if let Err(error) = echo(stream, buffer).await {
                eprintln!("a connection failed: {error}");
            }
        });
    }
}

async fn echo(mut stream: impl Stream, buffer: usize) -> io::Result<()> {
    let mut buffer = vec![0; buffer];
    loop {
        match stream.receive(&mut buffer).await? {
            0 => return Ok(()),
            received => stream.send(&buffer[..received]).await?,
        }
    }
}

async fn echo_datagrams(socket: impl Datagrams, buffer: usize) -> io::Result<Infallible> {
    let mut buffer = vec![0; buffer];
    loop {
        let (received, from) = socket.receive(&mut buffer).await?;
        socket.send(&buffer[..received], from).await?;
    }
}

/// Blocks a worker, as no program should.
async fn stall<R: Runtime>() {
    loop {
        thread::sleep(STALL);
        R::sleep(PAUSE).await;
    }
}
