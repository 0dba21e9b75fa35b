//! Other programs' clients, our server: an echo over TCP and over a Unix socket.

use std::io;
use std::process::{Command, Output, Stdio};

use heist::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use heist::net::serve::{Listener, serve};
use heist::net::{TcpListener, UnixListener};

use crate::Path;
use crate::peer::{program, python};

/// Serves until the client has finished, and returns its output.
async fn serve_client<L>(listener: L, mut client: Command) -> io::Result<String>
where
    L: Listener<Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static, Addr: Send + 'static>,
{
    let client = heist::spawn_blocking(move || client.stderr(Stdio::inherit()).output());
    let mut output: Option<io::Result<Output>> = None;
    let handler = |stream, _| async {
        let (reader, mut writer) = heist::io::split(stream);
        heist::io::copy(reader, &mut writer).await?;
        writer.close().await
    };
    let report = serve(listener, handler)
        .until(async { output = Some(client.await.unwrap()) })
        .await?;
    let output = output.expect("it has run")?;
    assert!(output.status.success(), "{output:?}");
    assert!(report.accepted > 0 && report.failed == 0, "{report}");
    Ok(String::from_utf8(output.stdout).expect("it prints text"))
}

/// Ten connections that send and then read.
const PYTHON_SOCKETS: &str = r#"
import socket, sys
family, address = sys.argv[1], sys.argv[2]
def connect():
    if family == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.connect(address)
        return s
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)))
sockets = [connect() for _ in range(10)]
for i, s in enumerate(sockets):
    s.sendall(bytes([i]) * 1000)
    s.shutdown(socket.SHUT_WR)
for i, s in enumerate(sockets):
    got = b""
    while chunk := s.recv(65536):
        got += chunk
    assert got == bytes([i]) * 1000, (i, len(got))
print("all came back")
"#;

const PYTHON_ASYNCIO: &str = r#"
import asyncio, sys
family, address = sys.argv[1], sys.argv[2]
async def one(i):
    if family == "unix":
        reader, writer = await asyncio.open_unix_connection(address)
    else:
        host, port = address.rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
    data = bytes([i]) * 300_000
    async def send():
        writer.write(data)
        await writer.drain()
        writer.write_eof()
    got, _ = await asyncio.gather(reader.read(-1), send())
    assert got == data, (i, len(got))
    writer.close()
    await writer.wait_closed()
async def main():
    await asyncio.gather(*(one(i) for i in range(20)))
asyncio.run(main())
print("all came back")
"#;

async fn python_client(script: &str) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let Some(client) = python(script, &["tcp", &address]) else {
        return Ok(());
    };
    assert_eq!(serve_client(listener, client).await?, "all came back\n");

    let path = Path::new();
    let listener = UnixListener::bind(&path.0)?;
    let client = python(script, &["unix", path.text()]).expect("it was found above");
    assert_eq!(serve_client(listener, client).await?, "all came back\n");
    Ok(())
}

#[heist::test]
async fn python_sockets() -> io::Result<()> {
    python_client(PYTHON_SOCKETS).await
}

#[heist::test]
async fn python_asyncio() -> io::Result<()> {
    python_client(PYTHON_ASYNCIO).await
}

/// Sends a line by a program that connects its standard streams to the server.
async fn piped(listener: impl AnyListener, program: Command) -> io::Result<()> {
    let mut shell = Command::new("sh");
    // The line, and then the end, as from a user at a terminal.
    shell.args(["-c", "echo hello | \"$@\"", "sh"]);
    shell.arg(program.get_program()).args(program.get_args());
    assert_eq!(listener.serve(shell).await?, "hello\n");
    Ok(())
}

trait AnyListener {
    async fn serve(self, client: Command) -> io::Result<String>;
}

impl AnyListener for TcpListener {
    async fn serve(self, client: Command) -> io::Result<String> {
        serve_client(self, client).await
    }
}

impl AnyListener for UnixListener {
    async fn serve(self, client: Command) -> io::Result<String> {
        serve_client(self, client).await
    }
}

#[heist::test]
async fn nc() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port().to_string();
    let Some(mut client) = program("nc", "-h") else {
        return Ok(());
    };
    client.args(["-N", "127.0.0.1", &port]);
    piped(listener, client).await?;

    let path = Path::new();
    let listener = UnixListener::bind(&path.0)?;
    let mut client = Command::new("nc");
    client.args(["-N", "-U", path.text()]);
    piped(listener, client).await
}

#[heist::test]
async fn socat() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("TCP:{}", listener.local_addr()?);
    let Some(mut client) = program("socat", "-V") else {
        return Ok(());
    };
    client.args(["-", &address]);
    piped(listener, client).await?;

    let path = Path::new();
    let listener = UnixListener::bind(&path.0)?;
    let mut client = Command::new("socat");
    client.args(["-", &format!("UNIX-CONNECT:{}", path.text())]);
    piped(listener, client).await
}

#[heist::test]
async fn curl_over_a_unix_socket() -> io::Result<()> {
    let Some(mut curl) = program("curl", "--version") else {
        return Ok(());
    };
    let path = Path::new();
    let listener = UnixListener::bind(&path.0)?;
    curl.args([
        "--silent",
        "--show-error",
        "--max-time",
        "20",
        "--unix-socket",
    ])
    .args([path.text(), "http://localhost/"]);
    let client = heist::spawn_blocking(move || curl.output());
    let mut output = None;
    serve(
        listener,
        |mut stream: heist::net::UnixStream, _| async move {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut buf = [0; 1024];
                match stream.read(&mut buf).await? {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    count => request.extend(&buf[..count]),
                }
            }
            assert!(request.starts_with(b"GET / HTTP/1.1\r\n"));
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello\n")
                .await?;
            stream.close().await
        },
    )
    .until(async { output = Some(client.await.unwrap()) })
    .await?;
    let output = output.expect("it has run")?;
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "hello\n",
        "{output:?}"
    );
    Ok(())
}
