//! Operations that need the blocking pool fail when the system gives it no thread, and work once it
//! does.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use heist::net::{TcpListener, TcpStream, UdpSocket, lookup_host, sendfile};
use heist::runtime::Builder;

#[test]
fn lookups_and_files_are_refused_and_then_served() -> io::Result<()> {
    let refusing = Arc::new(AtomicBool::new(false));
    let is_refusing = refusing.clone();
    // A name that no thread can have, so that starting one fails as it does at a limit.
    let name = move || {
        if is_refusing.load(SeqCst) {
            "a\0b"
        } else {
            "test"
        }
        .to_owned()
    };
    let runtime = Builder::new()
        .worker_threads(1)
        .max_spare_workers(0)
        .thread_name_fn(name)
        .build()?;
    let path = std::env::temp_dir().join(format!("heist-{}-threads", std::process::id()));
    std::fs::write(&path, "text")?;
    let file = File::open(&path)?;
    std::fs::remove_file(&path)?;

    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        refusing.store(true, SeqCst);
        for (what, error) in [
            ("lookup", lookup_host(("localhost", port)).await.err()),
            (
                "connect",
                TcpStream::connect(("localhost", port)).await.err(),
            ),
            ("bind", UdpSocket::bind("localhost:0").await.err()),
        ] {
            let text = error.expect(what).to_string();
            assert!(
                text.contains("localhost") && text.contains("thread"),
                "{what}: {text}"
            );
        }
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        cold(&file)?;
        let mut range = 0..u64::MAX;
        let refused = sendfile(&file, &mut range, &stream).await;
        // Some file systems do not report what is cached; then no thread is needed.
        match refused {
            Ok(sent) => assert_eq!(sent, 4),
            Err(error) => assert!(error.to_string().contains("thread"), "{error}"),
        }

        refusing.store(false, SeqCst);
        assert!(lookup_host(("localhost", port)).await?.count() > 0);
        sendfile(&file, &mut range, &stream).await?;
        assert_eq!(range.start, 4);
        Ok(())
    })
}

/// Evicts the file's content from the page cache, so that it must be read on the pool.
#[cfg(target_os = "linux")]
fn cold(file: &File) -> io::Result<()> {
    file.sync_all()?;
    rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn cold(_file: &File) -> io::Result<()> {
    Ok(())
}
