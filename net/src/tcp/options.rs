//! The options of a `TcpStream`.

use std::io;
use std::time::Duration;

use socket2::SockRef;

use crate::tcp::TcpStream;

impl TcpStream {
    /// Whether small writes are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.as_std().nodelay()
    }

    /// Sets whether small writes are sent at once (`TCP_NODELAY`). Unless it is set, the system
    /// holds a small write back while an earlier one is not acknowledged.
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let stream = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// stream.set_nodelay(true)?;
    /// assert!(stream.nodelay()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.as_std().set_nodelay(nodelay)
    }

    /// How long closing the stream lingers (`SO_LINGER`).
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        SockRef::from(self.as_std()).linger()
    }

    /// Sets how long closing the stream lingers (`SO_LINGER`), in whole seconds.
    ///
    /// With zero, closing discards what is not sent yet and resets the connection. With more,
    /// closing (dropping the stream) blocks its thread until all is sent or the time is over.
    /// `None`, the default, closes at once and sends the rest in the background.
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports.
    pub fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        SockRef::from(self.as_std()).set_linger(linger)
    }

    /// The time to live (hop limit) of the packets sent.
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    pub fn ttl(&self) -> io::Result<u32> {
        self.as_std().ttl()
    }

    /// Sets the time to live (hop limit) of the packets sent.
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports, as for a value out of its range.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.as_std().set_ttl(ttl)
    }

    /// Takes the error that is pending on the socket (`SO_ERROR`), if there is one.
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.as_std().take_error()
    }
}
