//! `TcpKeepalive`: when a silent connection is probed and given up.

use std::time::Duration;

use crate::tcp::options::up_to_seconds;

/// When the system probes a silent connection, and when it gives it up.
///
/// Values that are not set keep the system's defaults, usually as long as two hours.
///
/// # Examples
///
/// A peer that has vanished is noticed after two minutes:
///
/// ```
/// use heist::net::tcp::TcpKeepalive;
/// use std::time::Duration;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let stream = heist::net::TcpStream::connect(listener.local_addr()?).await?;
/// let keepalive = TcpKeepalive::new()
///     .with_time(Duration::from_secs(60))
///     .with_interval(Duration::from_secs(15))
///     .with_retries(4);
/// stream.set_tcp_keepalive(&keepalive)?;
/// assert!(stream.keepalive()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TcpKeepalive(socket2::TcpKeepalive);

impl TcpKeepalive {
    /// Keepalive with the system's times.
    pub fn new() -> Self {
        Self(socket2::TcpKeepalive::new())
    }

    /// Sets the silence before the first probe (`TCP_KEEPIDLE`), in whole seconds, rounded up.
    #[must_use]
    pub fn with_time(self, time: Duration) -> Self {
        Self(self.0.with_time(up_to_seconds(time)))
    }

    /// Sets the time between two probes (`TCP_KEEPINTVL`), in whole seconds, rounded up.
    #[must_use]
    pub fn with_interval(self, interval: Duration) -> Self {
        Self(self.0.with_interval(up_to_seconds(interval)))
    }

    /// Sets how many unanswered probes end the connection (`TCP_KEEPCNT`).
    #[must_use]
    pub fn with_retries(self, retries: u32) -> Self {
        Self(self.0.with_retries(retries))
    }

    pub(super) fn as_system(&self) -> &socket2::TcpKeepalive {
        &self.0
    }
}

impl Default for TcpKeepalive {
    fn default() -> Self {
        Self::new()
    }
}
