#![deny(deprecated)]

use heist::io::{AsyncFd, Interest};
use std::net::UdpSocket;

#[heist::main]
async fn main() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = AsyncFd::with_interest(socket, Interest::READABLE).unwrap();
    socket.readable().await.unwrap();
}
