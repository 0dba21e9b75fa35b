//! Other programs' servers, our client.

use std::io;

use heist::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use heist::net::{TcpStream, UnixStream};
use heist::time::{Duration, sleep};

use crate::Path;
use crate::peer::{Peer, program, python};

/// Sends 300,000 bytes while it reads their echo, twice, and then the end.
async fn exchange(stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let sent: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
    let (mut reader, mut writer) = heist::io::split(stream);
    for _ in 0..2 {
        let mut received = vec![0; sent.len()];
        let write = writer.write_all(&sent);
        let (read, written) =
            futures_lite::future::zip(reader.read_exact(&mut received), write).await;
        read?;
        written?;
        assert!(received == sent);
    }
    writer.close().await?;
    assert_eq!(reader.read(&mut [0]).await?, 0);
    Ok(())
}

const ASYNCIO_ECHO: &str = r#"
import asyncio, sys
async def serve(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
async def main():
    if len(sys.argv) > 1:
        server = await asyncio.start_unix_server(serve, sys.argv[1])
        print("ready", flush=True)
    else:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"#;

#[heist::test]
async fn python_asyncio() -> io::Result<()> {
    let Some(server) = python(ASYNCIO_ECHO, &[]) else {
        return Ok(());
    };
    let mut server = Peer::start(server);
    let port: u16 = server.line().parse().expect("it prints its port");
    exchange(TcpStream::connect(("127.0.0.1", port)).await?).await?;

    let path = Path::new();
    let mut server = Peer::start(python(ASYNCIO_ECHO, &[path.text()]).expect("found above"));
    assert_eq!(server.line(), "ready");
    exchange(UnixStream::connect(&path.0).await?).await
}

/// Connects to a server that does not report when it is ready.
async fn connect_when_ready(path: &Path) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(&path.0).await {
            Ok(stream) => return Ok(stream),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
                ) =>
            {
                sleep(Duration::from_millis(5)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

#[heist::test]
async fn socat() -> io::Result<()> {
    let Some(mut server) = program("socat", "-V") else {
        return Ok(());
    };
    let path = Path::new();
    server.args([&format!("UNIX-LISTEN:{}", path.text()), "EXEC:cat"]);
    let server = Peer::start(server);
    exchange(connect_when_ready(&path).await?).await?;
    server.finish();
    Ok(())
}

#[heist::test]
async fn nc() -> io::Result<()> {
    let Some(mut server) = program("nc", "-h") else {
        return Ok(());
    };
    let path = Path::new();
    // It prints what it reads.
    server.args(["-l", "-U", path.text()]);
    let mut server = Peer::start(server);
    let mut stream = connect_when_ready(&path).await?;
    stream.write_all(b"hello\n").await?;
    let line = heist::spawn_blocking(move || server.line()).await.unwrap();
    assert_eq!(line, "hello");
    Ok(())
}
