//! Errors that only their number identifies are returned unchanged. A binary of its own, since it
//! lowers the limit of the whole process.
#![cfg(unix)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use heist::net::unix::pipe;
use heist::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

#[heist::test]
async fn a_server_can_tell_that_no_descriptor_is_left() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let path = std::env::temp_dir().join(format!("heist-{}-none-left", std::process::id()));
    let before = getrlimit(Resource::Nofile);
    let first_free = File::open("/dev/null")?.as_raw_fd();
    let none_left = Rlimit {
        current: Some(first_free as u64),
        ..before
    };
    setrlimit(Resource::Nofile, none_left)?;
    let refused = [
        ("bind", TcpListener::bind("127.0.0.1:0").await.err()),
        ("connect", TcpStream::connect(address).await.err()),
        (
            "connect to any",
            TcpStream::connect([address, address]).await.err(),
        ),
        ("UDP", UdpSocket::bind("127.0.0.1:0").await.err()),
        ("Unix bind", UnixListener::bind(&path).err()),
        ("Unix connect", UnixStream::connect(&path).await.err()),
        (
            "open",
            pipe::OpenOptions::new().open_receiver("/dev/null").err(),
        ),
    ];
    setrlimit(Resource::Nofile, before)?;
    for (what, error) in refused {
        let error = error.expect(what);
        assert_eq!(
            Errno::from_io_error(&error),
            Some(Errno::MFILE),
            "{what}: {error}"
        );
    }
    Ok(())
}
