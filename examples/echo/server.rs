//! The echo service for connections: each in a task of its own.
//!
//! `load` starts this same service when it is given no address. No task touches what the others
//! write while it serves: a connection adds to the totals once, when it ends, however it ends.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use heist::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use heist::net::TcpStream;
#[cfg(unix)]
use heist::net::UnixStream;
use heist::net::serve::{Listener, Report, serve};

/// As much as one read takes.
const BUFFER: usize = 16 * 1024;

/// Bytes sent back, of connections that have ended.
pub(crate) type Total = Arc<AtomicU64>;

/// Serves connections until `stop` is ready, then closes those that are left.
pub(crate) async fn connections<L>(
    listener: L,
    total: Total,
    stop: impl Future,
) -> io::Result<Report>
where
    L: Listener<Stream: Connection, Addr: Debug + Send + 'static>,
{
    let handler = move |stream, _peer| {
        let mut carried = Carried {
            bytes: 0,
            total: total.clone(),
        };
        async move {
            // All of it: captured field by field, it would be dropped out here.
            let carried = &mut carried;
            echo(stream, &mut carried.bytes).await
        }
    };
    let report = serve(listener, handler)
        // That clients break off is their own affair. They are counted.
        .on_failure(|_| {})
        .until(stop)
        .drain(Duration::ZERO)
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
        stream.write_all(&buffer[..n]).await?;
        *carried += n as u64;
    }
}

/// What is served as a stream of bytes.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Small replies are not to wait for more to come.
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

/// What one connection carried, added to the total when its task is done or dropped.
struct Carried {
    bytes: u64,
    total: Total,
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.total.fetch_add(self.bytes, Relaxed);
    }
}
