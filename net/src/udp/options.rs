//! The options of a `UdpSocket`, except for multicast.

use socket2::SockRef;

use crate::UdpSocket;
use crate::options::{internet_options, option};

impl UdpSocket {
    fn options(&self) -> SockRef<'_> {
        SockRef::from(self.io.get_ref())
    }

    option!(
        "let socket = heist::net::UdpSocket::bind(\"127.0.0.1:0\").await?;",
        broadcast set_broadcast bool, broadcast set_broadcast,
        "whether datagrams may go to a broadcast address (`SO_BROADCAST`)", "",
        "socket.set_broadcast(true)?;\nassert!(socket.broadcast()?);"
    );
}

internet_options!(
    UdpSocket,
    "let socket = heist::net::UdpSocket::bind(\"127.0.0.1:0\").await?;"
);
