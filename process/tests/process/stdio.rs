//! Data through the pipes.

use std::io;
use std::process::Stdio;

use futures_lite::future::{poll_once, try_zip, zip};
use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::unix::pipe;
use heist::process::{ChildStdin, Command};

use crate::sh;

/// Bytes that reveal loss, duplication and reordering.
fn text(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

async fn write_and_close(mut stdin: ChildStdin, bytes: &[u8]) -> io::Result<()> {
    stdin.write_all(bytes).await
}

#[heist::test]
async fn megabytes_are_echoed() -> io::Result<()> {
    let sent = text(10_000_000);
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take().expect("it is piped");
    let writing = write_and_close(stdin, &sent);
    let ((), output) = try_zip(writing, child.wait_with_output()).await?;
    assert!(output.status.success());
    assert!(output.stdout == sent);
    assert!(output.stderr.is_empty());
    Ok(())
}

#[heist::test]
async fn megabytes_come_from_both_outputs() -> io::Result<()> {
    // One after the other, so that a reader of only one would wait for ever.
    let script = "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; \
                  head -c 3000000 /dev/zero >&2; exit 5";
    let output = sh(script).output().await?;
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(output.stdout.len(), 3_000_000);
    assert_eq!(output.stderr.len(), 6_000_000);
    Ok(())
}

#[heist::test]
async fn a_reader_is_woken_for_each_part() -> io::Result<()> {
    let mut child = sh("printf one; read line; printf two >&2; read line")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let mut stdout = child.stdout.take().expect("it is piped");
    let mut stderr = child.stderr.take().expect("it is piped");

    let mut buf = [0; 3];
    stdout.read_exact(&mut buf).await?;
    assert_eq!(&buf, b"one");
    assert!(poll_once(stdout.read(&mut buf)).await.is_none());
    stdin.write_all(b"\n").await?;
    stderr.read_exact(&mut buf).await?;
    assert_eq!(&buf, b"two");
    assert!(poll_once(stderr.read(&mut buf)).await.is_none());
    drop(stdin);
    assert_eq!(stdout.read(&mut buf).await?, 0);
    assert_eq!(stderr.read(&mut buf).await?, 0);
    assert!(!child.wait().await?.success());
    Ok(())
}

#[heist::test]
async fn a_writer_gets_an_error_when_the_child_is_gone() -> io::Result<()> {
    let mut child = Command::new("sleep")
        .arg("600")
        .stdin(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let writing = heist::spawn(async move { stdin.write_all(&[0; 1_000_000]).await });
    child.kill().await?;
    let error = writing.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    Ok(())
}

#[heist::test]
async fn children_are_joined_by_pipes() -> io::Result<()> {
    let mut first = sh("head -c 5000000 /dev/zero")
        .stdout(Stdio::piped())
        .spawn()?;
    let pipe = first.stdout.take().expect("it is piped");
    let count = Command::new("wc")
        .arg("-c")
        .stdin(Stdio::try_from(pipe)?)
        .output();
    let (status, count) = zip(first.wait(), count).await;
    // Not cut off by a pipe in non-blocking mode.
    assert!(status?.success());
    assert_eq!(String::from_utf8_lossy(&count?.stdout).trim(), "5000000");
    Ok(())
}

#[heist::test]
async fn the_pipes_convert_into_ordinary_pipes() -> io::Result<()> {
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let sender = pipe::Sender::from(child.stdin.take().expect("it is piped"));
    let receiver = pipe::Receiver::from(child.stdout.take().expect("it is piped"));
    sender.write(b"hello").await?;
    assert_eq!(receiver.read(&mut [0; 8]).await?, 5);
    drop(sender);
    assert!(child.wait().await?.success());
    Ok(())
}

#[heist::test]
async fn status_closes_what_is_piped() -> io::Result<()> {
    // It reads its input to the end; its output has no reader, rather than one that does not read.
    let mut command = sh("cat; head -c 1000000 /dev/zero 2>/dev/null; exit 0");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.status().await.map(drop)
}

#[heist::test]
async fn python_talks_line_by_line() -> io::Result<()> {
    let script = "import sys\nfor line in sys.stdin: print(line.upper(), end='', flush=True)";
    let python = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = python else {
        eprintln!("skipped: no python3 on this machine");
        return Ok(());
    };
    let mut stdin = child.stdin.take().expect("it is piped");
    let mut stdout = child.stdout.take().expect("it is piped");
    for _ in 0..200 {
        stdin.write_all(b"hello\n").await?;
        let mut line = [0; 6];
        stdout.read_exact(&mut line).await?;
        assert_eq!(&line, b"HELLO\n");
    }
    drop(stdin);
    assert!(child.wait().await?.success());
    Ok(())
}
