//! The echo service, that `echo` is and that `load` starts when it is given no address.
//!
//! Each connection is served in a task of its own. No task touches what the others
//! write while it serves: a connection adds to the totals once, when it ends, however it ends.

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

/// As much as one read takes.
const BUFFER: usize = 16 * 1024;

/// What makes a connection's task fail, sent by itself: to see that nobody else is harmed.
const BOOM: &[u8] = b"boom";

/// What the service has done and does.
#[derive(Default)]
pub struct Totals {
    /// Bytes sent back, of connections that have ended.
    pub bytes: AtomicU64,
    /// Connections that are open.
    pub open: AtomicUsize,
}

/// How the service ends.
#[derive(Clone, Default)]
pub struct Ending {
    /// Nothing is accepted any more.
    pub stop: CancellationToken,
    /// How long clients have from then on to close their connections.
    pub drain: Duration,
    /// They have no longer.
    pub cut: CancellationToken,
}

/// Serves connections until it is told to end, and those that are left have ended.
///
/// # Errors
///
/// Why it cannot accept connections any more.
pub async fn connections<L>(listener: L, totals: Arc<Totals>, ending: Ending) -> io::Result<Report>
where
    L: Listener<Stream: Connection, Addr: Debug + Send + 'static>,
{
    let handler = move |stream, _peer| {
        let mut carried = Carried::new(&totals);
        async move {
            // All of it: captured field by field, it would be dropped out here.
            let carried = &mut carried;
            echo(stream, &mut carried.bytes).await
        }
    };
    let report = serve(listener, handler)
        .on_failure(|failure| match failure.cause {
            // That clients break off is their own affair. They are counted.
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

/// What is served as a stream of bytes.
pub trait Connection: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Has small replies not wait for more to come.
    ///
    /// # Errors
    ///
    /// The system's.
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

/// What one connection carried, added to the totals when its task is done or dropped.
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
