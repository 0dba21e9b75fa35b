//! Anonymous and named pipes.
#![cfg(unix)]

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use futures_lite::future::poll_once;
use heist::io::{AsyncReadExt, AsyncWriteExt, Interest, raw_os_error};
use heist::net::unix::pipe;
use rustix::io::Errno;

/// A new FIFO, removed at the end.
struct Fifo(PathBuf);

impl Fifo {
    fn new(name: &str) -> io::Result<Fifo> {
        let path = std::env::temp_dir().join(format!("heist-{}-{name}", std::process::id()));
        let made = Command::new("mkfifo").arg(&path).status()?;
        assert!(made.success());
        Ok(Fifo(path))
    }
}

impl Drop for Fifo {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).expect("it was made");
    }
}

/// Such a server reads to the end, opens the FIFO again, and waits for the next writer.
#[heist::test]
async fn a_receiver_waits_for_a_writer() -> io::Result<()> {
    let fifo = Fifo::new("no-writer")?;
    for _ in 0..3 {
        let mut receiver = pipe::OpenOptions::new().open_receiver(&fifo.0)?;
        for _ in 0..100 {
            assert!(poll_once(receiver.read(&mut [0; 64])).await.is_none());
            heist::task::yield_now().await;
        }
        let path = fifo.0.clone();
        let writing = heist::spawn(async move {
            let mut sender = pipe::OpenOptions::new().open_sender(path)?;
            sender.write_all(b"hello").await
        });
        let mut text = String::new();
        receiver.read_to_string(&mut text).await?;
        assert_eq!(text, "hello");
        writing.await.unwrap()?;
    }
    // Opened by the program itself.
    let file = std::fs::File::options();
    let open = |fifo: &Fifo| {
        use std::os::unix::fs::OpenOptionsExt;
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits() as i32;
        let mut options = file.clone();
        options.read(true).custom_flags(nonblocking).open(&fifo.0)
    };
    let receiver = pipe::Receiver::from_file(open(&fifo)?)?;
    assert!(poll_once(receiver.read(&mut [0; 64])).await.is_none());
    let receiver = heist::io::AsyncFd::new(open(&fifo)?)?;
    assert!(poll_once(receiver.readable()).await.is_none());
    Ok(())
}

#[heist::test]
async fn a_huge_write_waits_for_its_reader() -> io::Result<()> {
    let (mut sender, mut receiver) = pipe::pipe()?;
    let writing = heist::spawn(async move { sender.write_all(&[7; 3_000_000]).await });
    let mut received = Vec::new();
    receiver.read_to_end(&mut received).await?;
    assert!(received.len() == 3_000_000 && received.iter().all(|byte| *byte == 7));
    writing.await.unwrap()
}

#[heist::test]
async fn each_end_sees_that_the_other_is_gone() -> io::Result<()> {
    let (sender, receiver) = pipe::pipe()?;
    let reading = heist::spawn(async move { receiver.read(&mut [0]).await });
    drop(sender);
    assert_eq!(reading.await.unwrap()?, 0);

    let (sender, receiver) = pipe::pipe()?;
    while sender.try_write(&[0; 4096]).is_ok() {}
    let writing = heist::spawn(async move { sender.write(b"x").await });
    drop(receiver);
    let error = writing.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    Ok(())
}

#[heist::test]
async fn pipes_connect_to_a_child_process() -> io::Result<()> {
    let (mut to_child, its_input) = pipe::pipe()?;
    let (its_output, mut from_child) = pipe::pipe()?;
    let mut child = Command::new("cat")
        .stdin(Stdio::from(its_input.into_blocking_fd()?))
        .stdout(Stdio::from(its_output.into_blocking_fd()?))
        .spawn()?;
    to_child.write_all(b"hello").await?;
    let mut buf = [0; 5];
    from_child.read_exact(&mut buf).await?;
    assert_eq!(&buf, b"hello");
    drop(to_child);
    assert_eq!(from_child.read(&mut buf).await?, 0);
    assert!(
        heist::spawn_blocking(move || child.wait())
            .await
            .unwrap()?
            .success()
    );
    Ok(())
}

#[heist::test]
async fn operations_of_ones_own_wait_for_the_pipe() -> io::Result<()> {
    let (sender, receiver) = pipe::pipe()?;
    let write = || Ok(rustix::io::write(&sender, &[7; 4096])?);

    // The pipe is empty: the second attempt makes no system call.
    let mut buf = [0; 4096];
    let nothing = receiver.try_read(&mut buf).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    let not_asked: io::Result<()> = receiver.try_io(Interest::READABLE, || unreachable!());
    assert_eq!(not_asked.unwrap_err().kind(), ErrorKind::WouldBlock);

    let mut reading = Box::pin(receiver.async_io(Interest::READABLE, || {
        Ok(rustix::io::read(&receiver, &mut buf)?)
    }));
    assert!(poll_once(&mut reading).await.is_none());
    assert_eq!(sender.try_io(Interest::WRITABLE, write)?, 4096);
    assert_eq!(reading.await?, 4096);
    assert_eq!(buf, [7; 4096]);

    // Writes to a full pipe wait, too.
    while sender.try_io(Interest::WRITABLE, write).is_ok() {}
    let mut writing = Box::pin(sender.async_io(Interest::WRITABLE, write));
    assert!(poll_once(&mut writing).await.is_none());
    let mut drain = vec![0; 1 << 20];
    assert!(receiver.read(&mut drain).await? >= 4096);
    assert_eq!(writing.await?, 4096);
    Ok(())
}

#[heist::test]
async fn a_fifo_continues_after_its_writer_has_gone() -> io::Result<()> {
    let fifo = Fifo::new("goes-on")?;
    let mut receiver = pipe::OpenOptions::new().open_receiver(&fifo.0)?;
    for round in 0..20_u8 {
        let mut sender = pipe::OpenOptions::new().open_sender(&fifo.0)?;
        let writing = heist::spawn(async move { sender.write_all(&[round; 100]).await });
        let mut buf = [0; 100];
        receiver.read_exact(&mut buf).await?;
        assert_eq!(buf, [round; 100]);
        writing.await.unwrap()?;
        // With the writer gone, there is only the end to read.
        assert_eq!(receiver.read(&mut buf).await?, 0);
    }
    Ok(())
}

/// As in tokio's documentation: the number identifies the error of a missing reader.
#[heist::test]
async fn a_writer_can_wait_for_a_reader_by_the_errors_number() -> io::Result<()> {
    let fifo = Fifo::new("no-reader")?;
    let open = || pipe::OpenOptions::new().open_sender(&fifo.0);
    let mut receiver = None;
    let sender = loop {
        match open() {
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NXIO) => {
                assert!(receiver.is_none(), "there is a reader");
                receiver = Some(pipe::OpenOptions::new().open_receiver(&fifo.0)?);
            }
            opened => break opened?,
        }
    };
    assert_eq!(sender.write(b"x").await?, 1);

    // An error that its kind identifies names the path, and has the number, too.
    let missing = fifo.0.with_extension("missing");
    let error = pipe::OpenOptions::new().open_sender(&missing).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&missing.display().to_string()), "{text}");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(raw_os_error(&error), Some(Errno::NOENT.raw_os_error()));
    Ok(())
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn opened_both_ways_a_fifo_does_not_end() -> io::Result<()> {
    let fifo = Fifo::new("both-ways")?;
    let mut both = pipe::OpenOptions::new();
    both.read_write(true);
    let sender = both.open_sender(&fifo.0)?;
    let receiver = both.open_receiver(&fifo.0)?;
    sender.write(b"x").await?;
    assert_eq!(receiver.read(&mut [0; 8]).await?, 1);
    drop(sender);
    assert!(poll_once(receiver.read(&mut [0; 8])).await.is_none());
    Ok(())
}

#[heist::test]
async fn a_file_that_is_not_a_pipe_is_refused() -> io::Result<()> {
    let file = std::env::temp_dir().join(format!("heist-{}-file", std::process::id()));
    std::fs::write(&file, "text")?;
    let opened = pipe::OpenOptions::new().open_receiver(&file);
    let (_sender, receiver) = pipe::pipe()?;
    let wrong_end = pipe::Sender::from_owned_fd(receiver.into_nonblocking_fd()?);
    std::fs::remove_file(&file)?;
    let error = opened.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error.to_string().contains(&file.display().to_string()),
        "{error}"
    );
    assert_eq!(wrong_end.unwrap_err().kind(), ErrorKind::InvalidInput);
    Ok(())
}
