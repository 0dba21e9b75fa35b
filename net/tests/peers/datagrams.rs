//! Datagrams exchanged with other programs.

use std::io;

use heist::net::{UdpSocket, UnixDatagram};
use heist::time::{Duration, timeout};

use crate::Path;
use crate::peer::{Peer, program, python};

/// Sends a datagram until it is echoed, as some can be lost. Other datagrams received meanwhile are
/// late echoes of earlier ones.
async fn is_echoed(socket: &UdpSocket, datagram: &[u8]) -> io::Result<()> {
    let mut buf = [0; 65_536];
    for _ in 0..100 {
        // Refused while the peer has not started.
        if socket.send(datagram).await.is_ok() {
            let answer = async {
                loop {
                    let len = socket.recv(&mut buf).await?;
                    if buf[..len] == *datagram {
                        return io::Result::Ok(());
                    }
                }
            };
            if let Ok(Ok(())) = timeout(Duration::from_millis(200), answer).await {
                return Ok(());
            }
        }
        heist::time::sleep(Duration::from_millis(20)).await;
    }
    Err(io::ErrorKind::TimedOut.into())
}

const ASYNCIO_ECHO: &str = r#"
import asyncio
class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
    def datagram_received(self, data, address):
        self.transport.sendto(data, address)
async def main():
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    print(transport.get_extra_info("sockname")[1], flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"#;

#[heist::test]
async fn python_asyncio_serves_udp() -> io::Result<()> {
    let Some(server) = python(ASYNCIO_ECHO, &[]) else {
        return Ok(());
    };
    let mut server = Peer::start(server);
    let port: u16 = server.line().parse().expect("it prints its port");
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.connect(("127.0.0.1", port)).await?;
    // (asyncio sends no empty ones.)
    for size in [1, 1400, 60_000] {
        is_echoed(&socket, &vec![size as u8; size]).await?;
    }
    Ok(())
}

const SOCKET_CLIENT: &str = r#"
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.2)
s.connect(("127.0.0.1", int(sys.argv[1])))
for size in 1, 1400, 60000:
    for attempt in range(100):
        s.send(bytes([size % 251]) * size)
        try:
            got = s.recv(65536)
        except TimeoutError:
            continue
        if got == bytes([size % 251]) * size:
            break
    else:
        raise SystemExit(f"no answer of {size}")
print("all came back")
"#;

#[heist::test]
async fn python_sockets_are_served_udp() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let port = socket.local_addr()?.port().to_string();
    let Some(client) = python(SOCKET_CLIENT, &[&port]) else {
        return Ok(());
    };
    let echo = heist::spawn(async move {
        let mut buf = [0; 65_536];
        loop {
            let (len, peer) = socket.recv_from(&mut buf).await?;
            socket.send_to(&buf[..len], peer).await?;
        }
        #[expect(unreachable_code, reason = "it says what the block returns")]
        io::Result::Ok(())
    });
    let mut client = Peer::start(client);
    let client = heist::spawn_blocking(move || {
        assert_eq!(client.line(), "all came back");
        client.finish();
    });
    client.await.unwrap();
    echo.abort();
    Ok(())
}

#[heist::test]
async fn socat_serves_udp() -> io::Result<()> {
    let Some(mut server) = program("socat", "-V") else {
        return Ok(());
    };
    // A port that was free a moment ago: socat does not report a port that it chooses.
    let free = std::net::UdpSocket::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    server.args([&format!("UDP-LISTEN:{free},bind=127.0.0.1"), "EXEC:cat"]);
    let _server = Peer::start(server);
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.connect(("127.0.0.1", free)).await?;
    is_echoed(&socket, b"hello").await
}

#[heist::test]
async fn nc_sends_udp() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let port = socket.local_addr()?.port().to_string();
    let Some(_) = program("nc", "-h") else {
        return Ok(());
    };
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "echo hello | nc -u -w 1 127.0.0.1 \"$0\"", &port]);
    let client = Peer::start(shell);
    let mut buf = [0; 64];
    let len = socket.recv(&mut buf).await?;
    assert_eq!(&buf[..len], b"hello\n");
    client.finish();
    Ok(())
}

#[heist::test]
async fn socat_sends_unix_datagrams() -> io::Result<()> {
    let path = Path::new();
    let socket = UnixDatagram::bind(&path.0)?;
    let Some(_) = program("socat", "-V") else {
        return Ok(());
    };
    let mut shell = std::process::Command::new("sh");
    let to = format!("UNIX-SENDTO:{}", path.text());
    shell.args(["-c", "echo hello | socat - \"$0\"", &to]);
    let client = Peer::start(shell);
    let mut buf = [0; 64];
    let len = socket.recv(&mut buf).await?;
    assert_eq!(&buf[..len], b"hello\n");
    client.finish();
    Ok(())
}
