//! The proxy's process: one thread listens to the parent, the others copy.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;

use crate::echo::address::{Listener, Transport};
use crate::echo::server::{listen, on};
use crate::job::Proxy;
use crate::plan::Contender;
use crate::runtimes::{Heist, Tokio};

pub(crate) fn run(proxy: Proxy) -> io::Result<()> {
    let Proxy {
        contender,
        workers,
        upstream,
    } = proxy;
    listen(Transport::Tcp, move |listener| {
        let Listener::Tcp(listener) = listener else {
            unreachable!("it was requested");
        };
        match contender {
            Contender::Heist => on::<Heist, _>(workers, on_heist(listener, upstream, false)),
            Contender::HeistBuffered => on::<Heist, _>(workers, on_heist(listener, upstream, true)),
            Contender::Tokio => on::<Tokio, _>(workers, on_tokio(listener, upstream, 8 * 1024)),
            Contender::Tokio64K => on::<Tokio, _>(workers, on_tokio(listener, upstream, 64 * 1024)),
            _ => unreachable!("this contender has no copy_bidirectional"),
        }
    })
}

async fn on_heist(
    listener: std::net::TcpListener,
    upstream: SocketAddr,
    buffered: bool,
) -> io::Result<Infallible> {
    use heist::net::{TcpListener, TcpStream};

    let listener = TcpListener::from_std(listener)?;
    loop {
        let (mut near, _) = listener.accept().await?;
        near.set_nodelay(true)?;
        heist::spawn(async move {
            let mut far = TcpStream::connect(upstream).await?;
            far.set_nodelay(true)?;
            if buffered {
                heist::io::copy_bidirectional(&mut near, &mut far).await
            } else {
                heist::net::copy_bidirectional(&mut near, &mut far).await
            }
        });
    }
}

/// 8 KiB is the default of `copy_bidirectional`.
async fn on_tokio(
    listener: std::net::TcpListener,
    upstream: SocketAddr,
    buffer: usize,
) -> io::Result<Infallible> {
    use tokio::net::{TcpListener, TcpStream};

    let listener = TcpListener::from_std(listener)?;
    loop {
        let (mut near, _) = listener.accept().await?;
        near.set_nodelay(true)?;
        tokio::spawn(async move {
            let mut far = TcpStream::connect(upstream).await?;
            far.set_nodelay(true)?;
            tokio::io::copy_bidirectional_with_sizes(&mut near, &mut far, buffer, buffer).await
        });
    }
}
