//! What is accepted as a socket address, and how names are resolved.
//!
//! The invariant: only a name that needs a lookup reaches the blocking pool; an address in numeric
//! form is parsed on the spot.

use std::io;
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, ToSocketAddrs as _,
};
use std::vec;

use heist_runtime::io::NamedError;

use crate::addr::sealed::Target;
use crate::pool;

/// A type that names one or more socket addresses: a [`SocketAddr`], text like `"localhost:80"` or
/// `"[::1]:80"`, a pair like `("example.com", 80)`, or a list of [`SocketAddr`].
///
/// The functions of this crate take it where those of `std::net` take theirs. Numeric addresses
/// resolve at once; a name is looked up by the system's resolver, on the blocking pool.
///
/// The trait is sealed: other crates cannot implement it.
///
/// # Examples
///
/// ```
/// use heist::net::{ToSocketAddrs, lookup_host};
/// use std::net::Ipv4Addr;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// async fn first_port(addr: impl ToSocketAddrs) -> Option<u16> {
///     Some(lookup_host(addr).await.ok()?.next()?.port())
/// }
///
/// assert_eq!(first_port("127.0.0.1:80").await, Some(80));
/// assert_eq!(first_port(("localhost", 81)).await, Some(81));
/// assert_eq!(first_port((Ipv4Addr::LOCALHOST, 82)).await, Some(82));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an address",
    note = "an address is a `SocketAddr`, `(\"localhost\", 7000)`, or text with a port such as \
            `\"localhost:7000\"`"
)]
pub trait ToSocketAddrs: sealed::ToTarget {}

impl<T: sealed::ToTarget + ?Sized> ToSocketAddrs for T {}

mod sealed {
    use std::io;
    use std::net::SocketAddr;

    /// What an address argument refers to.
    pub enum Target {
        /// These addresses.
        Known(Vec<SocketAddr>),
        /// The addresses that the resolver returns for this name.
        Named { host: String, port: u16 },
    }

    pub trait ToTarget {
        fn to_target(&self) -> io::Result<Target>;
    }
}

/// Resolves `host` to all its socket addresses.
///
/// Text needs a port, as in `"localhost:80"`; the port is passed through. The addresses are in the
/// resolver's order, best first.
///
/// # Errors
///
/// Returns an error that names `host` and its port if it is malformed, if the resolver does not
/// know it, or if it must be looked up and the caller is outside a runtime or no thread can be
/// started. The resolver's own error is the [source](std::error::Error::source), and has the same
/// kind.
///
/// # Cancellation safety
///
/// Cancel safe. A lookup already handed to the system finishes on the blocking pool, and its result
/// is dropped.
///
/// # Examples
///
/// ```
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// for address in heist::net::lookup_host("localhost:80").await? {
///     assert!(address.ip().is_loopback());
///     assert_eq!(address.port(), 80);
/// }
/// # Ok(())
/// # }
/// ```
pub async fn lookup_host<A: ToSocketAddrs>(host: A) -> io::Result<vec::IntoIter<SocketAddr>> {
    Ok(resolve(host).await?.into_iter())
}

/// Resolves `addr` to all its addresses.
pub(crate) async fn resolve<A: ToSocketAddrs>(addr: A) -> io::Result<Vec<SocketAddr>> {
    let (host, port) = match addr.to_target()? {
        Target::Known(addresses) => return Ok(addresses),
        Target::Named { host, port } => (host, port),
    };
    let failed =
        |error| NamedError::about(format!("look up {:?}", format!("{host}:{port}")), error);

    let name = host.clone();
    let lookup = move || (name, port).to_socket_addrs().map(Iterator::collect);
    pool::run(lookup)
        .await
        .and_then(|found| found)
        .map_err(failed)
}

/// Resolves `addr` to its first address.
pub(crate) async fn resolve_one<A: ToSocketAddrs>(addr: A) -> io::Result<SocketAddr> {
    let first = resolve(addr).await?.into_iter().next();
    first.ok_or_else(no_address_error)
}

/// Returns the error for an empty list of addresses.
pub(crate) fn no_address_error() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "the list of addresses is empty",
    )
}

impl sealed::ToTarget for str {
    fn to_target(&self) -> io::Result<Target> {
        if let Ok(address) = self.parse() {
            return Ok(Target::Known(vec![address]));
        }
        let malformed = |why| {
            let message = format!("address {self:?} {why}");
            io::Error::new(io::ErrorKind::InvalidInput, message)
        };
        let (host, port) = self
            .rsplit_once(':')
            .ok_or_else(|| malformed("has no port: it should look like HOST:PORT"))?;
        let port = port
            .parse()
            .map_err(|_| malformed("has a port that is not a number from 0 to 65535"))?;
        (host, port).to_target()
    }
}

impl sealed::ToTarget for String {
    fn to_target(&self) -> io::Result<Target> {
        self.as_str().to_target()
    }
}

impl sealed::ToTarget for (&str, u16) {
    fn to_target(&self) -> io::Result<Target> {
        let (host, port) = *self;
        match host.parse::<IpAddr>() {
            Ok(ip) => (ip, port).to_target(),
            Err(_) => Ok(Target::Named {
                host: host.to_owned(),
                port,
            }),
        }
    }
}

impl sealed::ToTarget for (String, u16) {
    fn to_target(&self) -> io::Result<Target> {
        (self.0.as_str(), self.1).to_target()
    }
}

impl sealed::ToTarget for [SocketAddr] {
    fn to_target(&self) -> io::Result<Target> {
        Ok(Target::Known(self.to_vec()))
    }
}

impl<const N: usize> sealed::ToTarget for [SocketAddr; N] {
    fn to_target(&self) -> io::Result<Target> {
        self.as_slice().to_target()
    }
}

impl sealed::ToTarget for Vec<SocketAddr> {
    fn to_target(&self) -> io::Result<Target> {
        self.as_slice().to_target()
    }
}

impl<T: sealed::ToTarget + ?Sized> sealed::ToTarget for &T {
    fn to_target(&self) -> io::Result<Target> {
        (**self).to_target()
    }
}

/// Implements `ToTarget` for types that are one address and convert into `SocketAddr`.
macro_rules! one_address {
    ($($type:ty),*) => {$(
        impl sealed::ToTarget for $type {
            fn to_target(&self) -> io::Result<Target> {
                Ok(Target::Known(vec![SocketAddr::from(*self)]))
            }
        }
    )*};
}

one_address!(SocketAddr, SocketAddrV4, SocketAddrV6);
one_address!((IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));
