//! Names and addresses.

use heist_runtime::Handle;
use heist_runtime::task::Builder;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::pin::Pin;
use std::{option, vec};

/// Types that can be converted to addresses; names are looked up on a blocking thread.
pub trait ToSocketAddrs: sealed::Resolve {}

impl<T: sealed::Resolve + ?Sized> ToSocketAddrs for T {}

/// Looks up a name and a port, such as `"example.com:443"`.
///
/// # Errors
///
/// Returns the error of the system's resolver.
pub async fn lookup_host<T: ToSocketAddrs>(
    host: T,
) -> io::Result<impl Iterator<Item = SocketAddr>> {
    resolve(host).await
}

/// Resolves the addresses, at once or through the resolver. Not an async function, so that the
/// result does not borrow `host`.
pub(super) fn resolve<T: ToSocketAddrs>(host: T) -> sealed::Resolving {
    host.resolve(sealed::Internal)
}

/// Calls `open` with each address in order until one succeeds.
pub(super) fn first_of<T>(
    addrs: impl Iterator<Item = SocketAddr>,
    mut open: impl FnMut(SocketAddr) -> io::Result<T>,
) -> io::Result<T> {
    let mut last_error = None;
    for addr in addrs {
        match open(addr) {
            Ok(opened) => return Ok(opened),
            Err(error) => last_error = Some(error),
        }
    }
    Err(last_error.unwrap_or_else(no_address))
}

pub(super) fn no_address() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "could not resolve to any address",
    )
}

pub(crate) mod sealed {
    use super::*;
    use std::task::{Context, Poll};

    /// Prevents other crates from implementing and calling the trait.
    #[allow(missing_debug_implementations)]
    pub struct Internal;

    pub trait Resolve {
        #[doc(hidden)]
        fn resolve(&self, _: Internal) -> Resolving;
    }

    /// One address, which needs no memory, as for each datagram that is sent; or several.
    #[allow(missing_debug_implementations)]
    pub enum Addrs {
        One(option::IntoIter<SocketAddr>),
        Several(vec::IntoIter<SocketAddr>),
    }

    impl Iterator for Addrs {
        type Item = SocketAddr;

        #[inline]
        fn next(&mut self) -> Option<SocketAddr> {
            match self {
                Self::One(addr) => addr.next(),
                Self::Several(addrs) => addrs.next(),
            }
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            match self {
                Self::One(addr) => addr.size_hint(),
                Self::Several(addrs) => addrs.size_hint(),
            }
        }
    }

    /// The future of the addresses.
    #[allow(missing_debug_implementations)]
    pub enum Resolving {
        Known(Option<Addrs>),
        Asked(heist_runtime::task::JoinHandle<io::Result<vec::IntoIter<SocketAddr>>>),
        Refused(Option<io::Error>),
    }

    impl Resolving {
        #[inline]
        pub(super) fn known(addr: SocketAddr) -> Self {
            Self::Known(Some(Addrs::One(Some(addr).into_iter())))
        }

        pub(super) fn ask(host: String, port: Option<u16>) -> Self {
            use std::net::ToSocketAddrs;
            let handle: Handle = crate::context::current();
            let look_up = move || match port {
                Some(port) => (&host[..], port).to_socket_addrs(),
                None => host.to_socket_addrs(),
            };
            // If the system provides no thread, the lookup fails.
            match Builder::new().spawn_blocking_on(look_up, &handle) {
                Ok(task) => Self::Asked(task),
                Err(error) => Self::Refused(Some(error)),
            }
        }
    }

    const POLLED_AGAIN: &str = "polled after it was ready";

    impl Future for Resolving {
        type Output = io::Result<Addrs>;

        #[inline]
        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            match &mut *self {
                Self::Known(addrs) => Poll::Ready(Ok(addrs.take().expect(POLLED_AGAIN))),
                Self::Refused(error) => Poll::Ready(Err(error.take().expect(POLLED_AGAIN))),
                Self::Asked(task) => Pin::new(task)
                    .poll(cx)
                    .map(|joined| Ok(Addrs::Several(joined??))),
            }
        }
    }
}

use sealed::{Addrs, Internal, Resolve, Resolving};

impl<T: Resolve + ?Sized> Resolve for &T {
    fn resolve(&self, internal: Internal) -> Resolving {
        (**self).resolve(internal)
    }
}

macro_rules! addresses {
    ($($Type:ty, $this:ident => $addr:expr;)*) => {
        $(impl Resolve for $Type {
            #[inline]
            fn resolve(&self, _: Internal) -> Resolving {
                let $this = *self;
                Resolving::known($addr)
            }
        })*
    };
}

addresses! {
    SocketAddr, addr => addr;
    SocketAddrV4, addr => addr.into();
    SocketAddrV6, addr => addr.into();
    (IpAddr, u16), pair => pair.into();
    (Ipv4Addr, u16), pair => pair.into();
    (Ipv6Addr, u16), pair => pair.into();
}

impl Resolve for &[SocketAddr] {
    fn resolve(&self, _: Internal) -> Resolving {
        Resolving::Known(Some(Addrs::Several(Vec::from(*self).into_iter())))
    }
}

impl Resolve for str {
    fn resolve(&self, _: Internal) -> Resolving {
        match self.parse() {
            Ok(addr) => Resolving::known(addr),
            Err(_) => Resolving::ask(self.to_owned(), None),
        }
    }
}

impl Resolve for String {
    fn resolve(&self, internal: Internal) -> Resolving {
        self[..].resolve(internal)
    }
}

impl Resolve for (&str, u16) {
    fn resolve(&self, _: Internal) -> Resolving {
        let (host, port) = *self;
        match host.parse::<IpAddr>() {
            Ok(ip) => Resolving::known((ip, port).into()),
            Err(_) => Resolving::ask(host.to_owned(), Some(port)),
        }
    }
}

impl Resolve for (String, u16) {
    fn resolve(&self, internal: Internal) -> Resolving {
        (&self.0[..], self.1).resolve(internal)
    }
}
