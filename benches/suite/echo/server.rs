//! The server's process: one thread listens to the parent, the rest serve.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::process;
use std::thread;

use rustix::net::{AddressFamily, SocketType, bind, listen, socket};

use super::{
    Listening, ServerFigures, raise_fd_limit, server_epoll, server_heist, server_smol, server_tokio,
};
use crate::child::print_line;
use crate::clock::process_cpu;
use crate::job::Contender;
use crate::runtimes::{Heist, Runtime, Smol, Tokio};

/// Connections that wait to be accepted: more than a client opens at a time, so that
/// none is refused a place and tries again a second later. std's listeners have 128.
const BACKLOG: i32 = 4096;

pub(crate) fn run(contender: Contender, workers: usize) -> io::Result<()> {
    serve(contender, move |listener| match contender {
        Contender::Heist => on::<Heist, _>(workers, server_heist::serve(listener)),
        Contender::Tokio => on::<Tokio, _>(workers, server_tokio::serve(listener)),
        Contender::Smol => on::<Smol, _>(workers, server_smol::serve(listener)),
        Contender::Epoll => server_epoll::serve(listener, workers),
        Contender::HeistBuffered | Contender::Tokio64K => unreachable!("it is a proxy"),
    })
}

/// Listens, tells the parent where, and runs the server until the parent has heard enough.
pub(crate) fn serve(
    contender: Contender,
    server: impl FnOnce(TcpListener) -> io::Result<Infallible> + Send + 'static,
) -> io::Result<()> {
    raise_fd_limit()?;
    let listener = bind_loopback()?;
    print_line(&Listening {
        address: listener.local_addr()?,
    })?;
    thread::spawn(move || {
        let Err(error) = server(listener);
        eprintln!("the {} server stopped: {error}", contender.name());
        process::exit(1);
    });
    for line in io::stdin().lines() {
        line?;
        print_line(&ServerFigures { cpu: process_cpu() })?;
    }
    Ok(())
}

/// Serves from a task, so that accepting is a worker's work like all else.
pub(crate) fn on<R, F>(workers: usize, serve: F) -> io::Result<Infallible>
where
    R: Runtime,
    F: Future<Output = io::Result<Infallible>> + Send + 'static,
{
    R::block_on(workers, async { R::spawn(serve).await })
}

fn bind_loopback() -> io::Result<TcpListener> {
    let listener = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&listener, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    listen(&listener, BACKLOG)?;
    Ok(TcpListener::from(listener))
}
