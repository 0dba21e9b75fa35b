//! The echo service, which `echo` runs and which `load` starts if it is given no address.
//!
//! Each connection is served in its own task. While they serve, tasks share no memory that is
//! written: a connection adds to the totals once, when it ends for any reason.

mod datagrams;
mod endpoint;

use std::fmt::Debug;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use heist::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use heist::net::TcpStream;
#[cfg(unix)]
use heist::net::UnixStream;
use heist::net::serve::{Cause, Listener, Report, serve};
use heist::task::CancellationToken;

pub use datagrams::datagrams;
pub use endpoint::Endpoint;

/// How many bytes one read takes.
const BUFFER: usize = 16 * 1024;

/// A client that sends only this makes its connection's task panic, to show that others are
/// unaffected.
const BOOM: &[u8] = b"boom";

/// Counts of the service.
#[derive(Default)]
pub struct Totals {
    /// Bytes sent back on connections that have ended.
    pub bytes: AtomicU64,
    /// The number of open connections.
    pub open: AtomicUsize,
}

/// How the service is ended.
#[derive(Clone, Default)]
pub struct Ending {
    /// Stops accepting connections.
    pub stop: CancellationToken,
    /// How long clients then have to close their connections.
    pub drain: Duration,
    /// Ends the drain early.
    pub cut: CancellationToken,
}

/// Serves connections until `ending` stops it and the remaining connections have ended.
///
/// # Errors
///
/// Returns the error for which it cannot accept any more connections.
pub async fn connections<L>(listener: L, totals: Arc<Totals>, ending: Ending) -> io::Result<Report>
where
    L: Listener<Stream: Connection, Addr: Debug + Send + 'static>,
{
    let handler = move |stream, _peer| {
        let mut carried = Carried::new(&totals);
        async move {
            // Moves the whole value: if its fields were captured separately, it would be dropped
            // outside the task.
            let carried = &mut carried;
            echo(stream, &mut carried.bytes).await
        }
    };
    let report = serve(listener, handler)
        .on_failure(|failure| match failure.cause {
            // Clients that break off a connection are not the server's fault. They are counted.
            Cause::Error(_) => {}
            _ => eprintln!("echo: connection of {failure}"),
        })
        .until(ending.stop.cancelled_owned())
        .drain(ending.drain)
        .drain_until(ending.cut.cancelled_owned())
        .await?;
    Ok(report)
}

async fn echo(mut stream: impl Connection, carried: &mut u64) -> io::Result<()> {
    stream.send_at_once()?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        if buffer[..n].trim_ascii_end() == BOOM {
            panic!("boom, as the client wished");
        }
        stream.write_all(&buffer[..n]).await?;
        *carried += n as u64;
    }
}

/// A stream of bytes that can be served.
pub trait Connection: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Disables the delay of small replies (Nagle's algorithm).
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    fn send_at_once(&self) -> io::Result<()>;
}

impl Connection for TcpStream {
    fn send_at_once(&self) -> io::Result<()> {
        self.set_nodelay(true)
    }
}

#[cfg(unix)]
impl Connection for UnixStream {
    fn send_at_once(&self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes of one connection, added to the totals when its task is done or dropped.
struct Carried {
    bytes: u64,
    totals: Arc<Totals>,
}

impl Carried {
    fn new(totals: &Arc<Totals>) -> Carried {
        totals.open.fetch_add(1, Relaxed);
        Carried {
            bytes: 0,
            totals: totals.clone(),
        }
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.totals.bytes.fetch_add(self.bytes, Relaxed);
        self.totals.open.fetch_sub(1, Relaxed);
    }
}
