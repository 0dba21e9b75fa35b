//! Operations that need the blocking pool fail when the system gives it no thread, and lose
//! nothing.

use std::fs::File;
use std::io;

use heist::net::{TcpListener, TcpStream, UdpSocket, lookup_host, sendfile};
use heist::runtime::Builder;

#[test]
fn lookups_and_files_are_refused_and_then_served() -> io::Result<()> {
    // No system has room for such a stack, so starting a thread fails as it does at a limit.
    let without_threads = Builder::new()
        .thread_stack_size(isize::MAX as usize)
        .build_current_thread()?;
    let path = std::env::temp_dir().join(format!("heist-{}-threads", std::process::id()));
    std::fs::write(&path, "text")?;
    let file = File::open(&path)?;
    std::fs::remove_file(&path)?;
    let mut range = 0..u64::MAX;

    without_threads.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        for (what, error) in [
            ("lookup", lookup_host(("localhost", port)).await.err()),
            (
                "connect",
                TcpStream::connect(("localhost", port)).await.err(),
            ),
            ("bind", UdpSocket::bind("localhost:0").await.err()),
        ] {
            let text = error.expect(what).to_string();
            assert!(text.contains("localhost"), "{what}: {text}");
            assert!(text.contains("thread"), "{what}: {text}");
        }
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        cold(&file)?;
        // Some file systems do not report what is cached; then no thread is needed.
        match sendfile(&file, &mut range, &stream).await {
            Ok(sent) => assert_eq!(sent, 4),
            Err(error) => assert!(error.to_string().contains("thread"), "{error}"),
        }
        io::Result::Ok(())
    })?;

    let with_threads = Builder::new().worker_threads(1).build()?;
    with_threads.block_on(async {
        let listener = TcpListener::bind("localhost:0").await?;
        let stream = TcpStream::connect(listener.local_addr()?).await?;
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
