//! A client's thread that opens a connection for every request, on blocking sockets.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

use super::tally::Tally;
use crate::job::PAYLOAD;

/// Threads of a client, each with one connection at a time.
pub(super) const THREADS: usize = 16;

pub(super) fn load(
    server: SocketAddr,
    thread: usize,
    tally: &Tally,
    stop: &AtomicBool,
) -> io::Result<()> {
    // Each thread of each client has an address of its own in 127.0.0.0/8: the ports of a single
    // address would run out, for a minute.
    let [.., high, low] = process::id().to_be_bytes();
    let from = Ipv4Addr::new(127, high, low, 2 + thread as u8);
    let mut reply = [0; PAYLOAD];
    let mut request = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        request += 1;
        let payload = [request as u8; PAYLOAD];
        let client = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        bind(&client, &SocketAddr::from((from, 0)))?;
        connect(&client, &server)?;
        let mut client = TcpStream::from(client);
        client.write_all(&payload)?;
        client.read_exact(&mut reply)?;
        if reply != payload {
            let message = format!("wrong bytes in the reply {request} of thread {thread}");
            return Err(io::Error::other(message));
        }
        tally.count();
    }
    Ok(())
}
