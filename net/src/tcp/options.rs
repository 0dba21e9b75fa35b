//! The options of a `TcpStream` and a `TcpSocket`.

use std::io;
use std::time::Duration;

use socket2::SockRef;

use crate::options::{internet_options, option};
use crate::tcp::{TcpKeepalive, TcpSocket, TcpStream};

/// The longest time that the field of the system's `struct linger` can hold.
const LONGEST_LINGER: Duration = Duration::from_secs(match cfg!(windows) {
    true => u16::MAX as u64,
    false => i32::MAX as u64,
});

/// Rounds up to whole seconds, to which socket2 rounds down: zero would discard data.
fn linger_seconds(time: Option<Duration>) -> Option<Duration> {
    time.map(|time| up_to_seconds(time).min(LONGEST_LINGER))
}

/// Adds what is missing to the next whole second, as far as socket2 rounds down.
pub(super) fn up_to_seconds(time: Duration) -> Duration {
    time.saturating_add(Duration::from_nanos(999_999_999))
}

/// Rounds up to whole milliseconds, to which socket2 rounds down: zero would be no limit.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn timeout_millis(time: Option<Duration>) -> Option<Duration> {
    time.map(|time| time.saturating_add(Duration::from_nanos(999_999)))
}

macro_rules! tcp_options {
    ($Type:ty, $socket:literal) => {
        impl $Type {
            option!(
                $socket,
                nodelay set_nodelay bool, tcp_nodelay set_tcp_nodelay,
                "whether small writes are sent at once (`TCP_NODELAY`)",
                "Unless it is set, the system holds a small write back while an earlier one is not \
                 acknowledged.",
                "socket.set_nodelay(true)?;\nassert!(socket.nodelay()?);"
            );
            option!(
                $socket,
                keepalive set_keepalive bool, keepalive set_keepalive,
                "whether a silent connection is probed (`SO_KEEPALIVE`)",
                "See [`set_tcp_keepalive`](Self::set_tcp_keepalive) for when.",
                "socket.set_keepalive(true)?;\nassert!(socket.keepalive()?);"
            );

            /// Enables probes of a silent connection, and sets their times.
            ///
            /// # Errors
            ///
            /// Whatever the system's `setsockopt` reports, for example for a value out of range.
            ///
            /// # Examples
            ///
            /// ```
            /// use heist::net::tcp::TcpKeepalive;
            /// use std::time::Duration;
            ///
            /// # #[heist::main]
            /// # async fn main() -> std::io::Result<()> {
            #[doc = $socket]
            /// let minute = TcpKeepalive::new().with_time(Duration::from_secs(60));
            /// socket.set_tcp_keepalive(&minute)?;
            /// assert!(socket.keepalive()?);
            /// # Ok(())
            /// # }
            /// ```
            pub fn set_tcp_keepalive(&self, keepalive: &TcpKeepalive) -> io::Result<()> {
                self.options().set_tcp_keepalive(keepalive.as_system())
            }

            option!(
                $socket,
                linger set_linger Option<Duration>, linger set_linger by linger_seconds,
                "how long closing the connection lingers (`SO_LINGER`), in whole seconds, rounded up",
                "With zero, closing discards what is not sent yet and resets the connection. With \
                 more, closing (dropping it) blocks its thread until all is sent or the time is \
                 over. `None`, the default, closes at once and sends the rest in the background.",
                "socket.set_linger(None)?;\nassert_eq!(socket.linger()?, None);"
            );

            /// Makes closing the connection reset it and discard unsent data (`SO_LINGER` of zero).
            ///
            /// # Errors
            ///
            /// Whatever the system's `setsockopt` reports.
            ///
            /// # Examples
            ///
            /// ```
            /// # #[heist::main]
            /// # async fn main() -> std::io::Result<()> {
            #[doc = $socket]
            /// socket.set_zero_linger()?;
            /// assert_eq!(socket.linger()?, Some(std::time::Duration::ZERO));
            /// # Ok(())
            /// # }
            /// ```
            pub fn set_zero_linger(&self) -> io::Result<()> {
                self.options().set_linger(Some(Duration::ZERO))
            }

            #[cfg(any(target_os = "linux", target_os = "android"))]
            option!(
                $socket,
                quickack set_quickack bool, tcp_quickack set_tcp_quickack,
                "whether incoming data is acknowledged at once (`TCP_QUICKACK`)",
                "The system changes it back as it sees fit, so it is set again with each read that \
                 wants it.",
                "socket.set_quickack(true)?;\nprintln!(\"{}\", socket.quickack()?);"
            );
            #[cfg(any(target_os = "linux", target_os = "android"))]
            option!(
                $socket,
                user_timeout set_user_timeout Option<Duration>,
                tcp_user_timeout set_tcp_user_timeout by timeout_millis,
                "how long sent data may stay without an acknowledgement (`TCP_USER_TIMEOUT`), in \
                 whole milliseconds, rounded up",
                "After that the connection fails. `None` leaves it to the system, which takes many \
                 minutes.",
                "let minute = Some(std::time::Duration::from_secs(60));\n\
                 socket.set_user_timeout(minute)?;\n\
                 assert_eq!(socket.user_timeout()?, minute);"
            );

            /// Takes the socket's pending error (`SO_ERROR`), if there is one.
            ///
            /// # Errors
            ///
            /// Whatever the system's `getsockopt` reports.
            ///
            /// # Examples
            ///
            /// ```
            /// # #[heist::main]
            /// # async fn main() -> std::io::Result<()> {
            #[doc = $socket]
            /// assert!(socket.take_error()?.is_none());
            /// # Ok(())
            /// # }
            /// ```
            pub fn take_error(&self) -> io::Result<Option<io::Error>> {
                self.options().take_error()
            }
        }
    };
}

impl TcpStream {
    fn options(&self) -> SockRef<'_> {
        SockRef::from(self.io.get_ref())
    }
}

impl TcpSocket {
    fn options(&self) -> SockRef<'_> {
        SockRef::from(&self.socket)
    }
}

tcp_options!(
    TcpStream,
    "\
# let listener = heist::net::TcpListener::bind(\"127.0.0.1:0\").await?;
let socket = heist::net::TcpStream::connect(listener.local_addr()?).await?;"
);
internet_options!(
    TcpStream,
    "\
# let listener = heist::net::TcpListener::bind(\"127.0.0.1:0\").await?;
let socket = heist::net::TcpStream::connect(listener.local_addr()?).await?;"
);
tcp_options!(TcpSocket, "let socket = heist::net::TcpSocket::new_v4()?;");
internet_options!(TcpSocket, "let socket = heist::net::TcpSocket::new_v4()?;");
