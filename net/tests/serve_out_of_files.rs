//! A server that runs out of file descriptors. In a process of its own, whose limit it lowers.
#![cfg(unix)]

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use heist::io::AsyncWriteExt;
use heist::net::{TcpListener, TcpStream, serve};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

#[heist::test]
async fn a_server_waits_for_descriptors_and_continues() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (say, said) = mpsc::channel();
    let server = serve(listener, |mut stream: TcpStream, _| async move {
        stream.write_all(b"hello").await?;
        stream.read(&mut [0]).await
    })
    .on_accept_error(move |_| _ = say.send(()));
    let stats = server.stats();

    let clients = async {
        // The clients' own descriptors, opened before they run out: more clients than can be
        // served.
        let sockets: Vec<_> = (0..40)
            .map(|_| socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None))
            .collect::<io::Result<_>>()?;
        let open = std::fs::read_dir("/dev/fd")?.count() as u64;
        let before = getrlimit(Resource::Nofile);
        let scarce = Rlimit {
            current: Some(open + 10),
            maximum: before.maximum,
        };
        setrlimit(Resource::Nofile, scarce)?;
        let clients = heist::spawn_blocking(move || {
            let mut greeted = 0;
            for socket in &sockets {
                socket.connect(&address.into())?;
            }
            // No client leaves before there is a shortage.
            let short = said.recv_timeout(Duration::from_secs(60));
            short.map_err(|_| io::Error::other("no shortage is reported"))?;
            // Each client that is served and leaves makes room for another one.
            for socket in sockets {
                let mut stream = std::net::TcpStream::from(socket);
                let mut greeting = [0; 5];
                io::Read::read_exact(&mut stream, &mut greeting)?;
                greeted += 1;
            }
            io::Result::Ok(greeted)
        });
        let greeted = clients.await.unwrap()?;
        setrlimit(Resource::Nofile, before)?;
        io::Result::Ok(greeted)
    };
    let mut greeted = Ok(0);
    let report = server.until(async { greeted = clients.await }).await?;
    assert_eq!(greeted?, 40);
    assert_eq!((report.accepted, stats.active()), (40, 0));
    assert!(report.accept_errors > 0, "{report}");
    // It retries when a connection has ended, or after a pause, and does not spin.
    assert!(report.accept_errors < 1000, "{report}");
    Ok(())
}
