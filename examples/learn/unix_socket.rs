//! The two ends of a Unix socket, which connects processes on one machine.
//!
//! ```sh
//! cargo run --example unix_socket
//! ```
//!
//! The address is a path. The file outlives the listener: the program that binds it must remove it.

#[cfg(unix)]
#[heist::main]
async fn main() -> std::io::Result<()> {
    use heist::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use heist::net::{UnixListener, UnixStream};

    let name = format!("heist-example-{}.sock", std::process::id());
    let path = std::env::temp_dir().join(name);
    let listener = UnixListener::bind(&path)?;

    let server = heist::spawn(async move {
        let (stream, _peer) = listener.accept().await?;
        let mut stream = BufReader::new(stream);
        let mut question = String::new();
        stream.read_line(&mut question).await?;
        let reply = format!("you asked {:?}\n", question.trim());
        stream.write_all(reply.as_bytes()).await
    });

    let mut stream = UnixStream::connect(&path).await?;
    stream.write_all(b"what time is it?\n").await?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).await?;
    print!("{answer}");

    server.await.expect("it does not panic")?;
    std::fs::remove_file(&path)
}

#[cfg(not(unix))]
fn main() {
    println!("Unix sockets are for Unix");
}
