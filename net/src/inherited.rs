//! Sockets inherited from the process that started this one, by systemd's protocol (`LISTEN_FDS`).

use std::fmt;
use std::io;

use heist_runtime::io::NamedError;
use listenfd::ListenFd;
use rustix::io::{FdFlags, fcntl_setfd};

use crate::{TcpListener, UdpSocket, UnixDatagram, UnixListener};

/// The sockets that this process was started with: by systemd (socket activation), by
/// `systemfd` while one develops, or by its predecessor.
///
/// Whoever started the process bound them and keeps them open, so a service that is restarted
/// loses no connection: clients that connect meanwhile wait in the backlog. The environment says
/// how many there are (`LISTEN_FDS`) and for which process (`LISTEN_PID`); they are known by their
/// index, in the order of the socket unit.
///
/// # Examples
///
/// A server that listens on the first socket it inherits, and without one on a port of its own:
///
/// ```
/// use heist::net::{Inherited, TcpListener};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut inherited = Inherited::from_env();
/// let listener = match inherited.take_tcp_listener(0)? {
///     Some(listener) => listener,
///     None => TcpListener::bind("127.0.0.1:0").await?,
/// };
/// # drop(listener);
/// # Ok(())
/// # }
/// ```
pub struct Inherited {
    sockets: ListenFd,
}

impl Inherited {
    /// The sockets that the environment tells of: none, if it tells of none, or those of another
    /// process.
    ///
    /// Call it once: each call makes sockets of the same descriptors.
    ///
    /// # Examples
    ///
    /// ```
    /// let inherited = heist::net::Inherited::from_env();
    /// # // As the tests are run without any.
    /// assert!(inherited.is_empty());
    /// ```
    ///
    /// See [`Inherited`].
    pub fn from_env() -> Self {
        Self {
            sockets: ListenFd::from_env(),
        }
    }

    /// How many there are, those included that have been taken.
    ///
    /// # Examples
    ///
    /// ```
    /// let inherited = heist::net::Inherited::from_env();
    /// println!("{} sockets", inherited.len());
    /// ```
    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Whether there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(heist::net::Inherited::from_env().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A method that takes a socket of one kind.
macro_rules! take {
    ($take:ident, $Type:ident, $what:literal) => {
        impl Inherited {
            #[doc = concat!("Takes the socket number `index`, ", $what, ".")]
            ///
            /// `None` if there are not so many, or it is taken. It is not passed on to processes
            /// that this one starts.
            ///
            /// # Errors
            ///
            /// Names the index, if the socket is of another kind. Fails outside a runtime.
            ///
            /// # Examples
            ///
            /// ```
            /// # #[heist::main]
            /// # async fn main() -> std::io::Result<()> {
            /// let mut inherited = heist::net::Inherited::from_env();
            #[doc = concat!("if let Some(socket) = inherited.", stringify!($take), "(0)? {")]
            ///     println!("inherited {socket:?}");
            /// }
            /// # Ok(())
            /// # }
            /// ```
            pub fn $take(&mut self, index: usize) -> io::Result<Option<$Type>> {
                let taken = self.sockets.$take(index).and_then(|socket| {
                    let Some(socket) = socket else {
                        return Ok(None);
                    };
                    fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
                    $Type::from_std(socket).map(Some)
                });
                taken.map_err(|error| NamedError::about(format!("inherited socket {index}"), error))
            }
        }
    };
}

take!(take_tcp_listener, TcpListener, "a TCP listener");
take!(take_unix_listener, UnixListener, "a Unix listener");
take!(take_udp_socket, UdpSocket, "a UDP socket");
take!(take_unix_datagram, UnixDatagram, "a Unix datagram socket");

impl fmt::Debug for Inherited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherited")
            .field("len", &self.len())
            .finish()
    }
}
