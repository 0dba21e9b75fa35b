//! Sockets inherited from the process that started this one, by systemd's protocol (`LISTEN_FDS`).

use std::env;
use std::fmt;
use std::io;
use std::os::fd::AsFd;

use heist_runtime::io::NamedError;
use listenfd::ListenFd;
use rustix::io::{FdFlags, fcntl_setfd};

use crate::{TcpListener, UdpSocket, UnixDatagram, UnixListener};

/// The sockets that this process was started with: by systemd (socket activation), by `systemfd`
/// during development, or by its predecessor.
///
/// The process that started this one bound them and keeps them open, so a service loses no
/// connection when it is restarted: clients that connect meanwhile wait in the backlog. The
/// environment gives their number (`LISTEN_FDS`) and the process they are for (`LISTEN_PID`); they
/// are identified by their index, in the order of the socket unit.
///
/// # Examples
///
/// A server that listens on the first inherited socket, or without one on a port of its own:
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
#[cfg_attr(heist_docs, doc(cfg(all(unix, feature = "socket-activation"))))]
pub struct Inherited {
    sockets: ListenFd,
    /// Why the environment is not trusted.
    refused: Option<String>,
}

impl Inherited {
    /// Reads the sockets from the environment: none, if it names none or those of another process.
    ///
    /// Call it once: each call makes sockets of the same descriptors.
    ///
    /// If the environment claims more sockets than a process can have open, there are none, and
    /// each attempt to take one returns an error that says so.
    pub fn from_env() -> Self {
        let refused = environment_error(|name| env::var(name).ok());
        let sockets = match refused {
            None => ListenFd::from_env(),
            Some(_) => ListenFd::empty(),
        };
        Self { sockets, refused }
    }

    /// Returns the number of sockets, including those that have been taken.
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

    fn check(&self) -> io::Result<()> {
        match &self.refused {
            None => Ok(()),
            Some(why) => Err(io::Error::new(io::ErrorKind::InvalidInput, why.clone())),
        }
    }
}

/// What is wrong with the environment, if anything. `listenfd` trusts the count: it allocates a
/// list of that length, gigabytes if need be, and numbers the descriptors from the first one on.
fn environment_error(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let count = variable("LISTEN_FDS")?;
    let number: u64 = count.parse().ok()?;
    let process = variable("LISTEN_PID").filter(|process| !process.is_empty());
    if process.is_some_and(|process| process != std::process::id().to_string()) {
        return None;
    }
    // systemd's first descriptor, unless the variable names another.
    let first = variable("LISTEN_FDS_FIRST_FD").and_then(|first| first.parse().ok());
    let first: u64 = first.unwrap_or(3);
    (first.saturating_add(number) > MOST_DESCRIPTORS).then(|| {
        format!("LISTEN_FDS={count} is more than the {MOST_DESCRIPTORS} files that can be open")
    })
}

/// The most descriptors that Linux grants a process, unless its administrator changes it
/// (`fs.nr_open`). The process's own limit is not used: it may have been lowered since.
const MOST_DESCRIPTORS: u64 = 1 << 20;

/// Taking sockets.
impl Inherited {
    /// Takes the socket number `index`, a TCP listener.
    ///
    /// Returns `None` if there are fewer sockets, or if it is taken already. Processes that this
    /// one starts do not inherit it.
    ///
    /// # Errors
    ///
    /// The error names the index if the socket is of another kind, or the variable if it claims
    /// more sockets than are possible. Fails outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut inherited = heist::net::Inherited::from_env();
    /// if let Some(listener) = inherited.take_tcp_listener(0)? {
    ///     println!("inherited {listener:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn take_tcp_listener(&mut self, index: usize) -> io::Result<Option<TcpListener>> {
        self.take(index, ListenFd::take_tcp_listener, TcpListener::from_std)
    }

    /// Takes the socket number `index`, a Unix listener.
    ///
    /// # Errors
    ///
    /// The same as those of [`take_tcp_listener`](Self::take_tcp_listener).
    pub fn take_unix_listener(&mut self, index: usize) -> io::Result<Option<UnixListener>> {
        self.take(index, ListenFd::take_unix_listener, UnixListener::from_std)
    }

    /// Takes the socket number `index`, a UDP socket.
    ///
    /// # Errors
    ///
    /// The same as those of [`take_tcp_listener`](Self::take_tcp_listener).
    pub fn take_udp_socket(&mut self, index: usize) -> io::Result<Option<UdpSocket>> {
        self.take(index, ListenFd::take_udp_socket, UdpSocket::from_std)
    }

    /// Takes the socket number `index`, a Unix datagram socket.
    ///
    /// # Errors
    ///
    /// The same as those of [`take_tcp_listener`](Self::take_tcp_listener).
    pub fn take_unix_datagram(&mut self, index: usize) -> io::Result<Option<UnixDatagram>> {
        self.take(index, ListenFd::take_unix_datagram, UnixDatagram::from_std)
    }

    fn take<S: AsFd, T>(
        &mut self,
        index: usize,
        take: impl FnOnce(&mut ListenFd, usize) -> io::Result<Option<S>>,
        from_std: impl FnOnce(S) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let taken = self.check().and_then(|()| take(&mut self.sockets, index));
        let taken = taken.and_then(|socket| {
            let Some(socket) = socket else {
                return Ok(None);
            };
            fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
            from_std(socket).map(Some)
        });
        taken.map_err(|error| NamedError::about(format!("inherited socket {index}"), error))
    }
}

impl fmt::Debug for Inherited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherited")
            .field("len", &self.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::environment_error;

    fn refusal(count: &'static str, first: Option<&'static str>) -> Option<String> {
        environment_error(move |name| match name {
            "LISTEN_FDS" => Some(count.to_owned()),
            "LISTEN_FDS_FIRST_FD" => first.map(str::to_owned),
            _ => None,
        })
    }

    #[test]
    fn impossible_counts_are_refused() {
        for (count, first) in [
            ("2147483647", None),
            ("18446744073709551615", None),
            ("1", Some("2147483647")),
        ] {
            let why = refusal(count, first).expect("the number is too large");
            assert!(why.contains(&format!("LISTEN_FDS={count}")), "{why}");
        }
        for count in ["0", "3", "", "three", "-1"] {
            assert_eq!(refusal(count, None), None);
        }
        assert_eq!(environment_error(|_| None), None);
        // Meant for another process, so of no concern.
        let others = |name: &str| {
            Some(
                if name == "LISTEN_PID" {
                    "1"
                } else {
                    "2147483647"
                }
                .to_owned(),
            )
        };
        assert_eq!(environment_error(others), None);
    }
}
