//! Children that are dropped before their end leave no zombies.

use std::io;
use std::process::Stdio;
use std::sync::mpsc;

use futures_lite::future::poll_once;
use heist::io::AsyncReadExt;
use heist::process::Command;
use heist::runtime::Runtime;
use rustix::process::{WaitId, WaitIdOptions, waitid};

use crate::{is_gone, pid_of, reader, sh, until_gone};

#[heist::test]
async fn dropped_children_continue_and_are_reaped() -> io::Result<()> {
    let mut children = Vec::new();
    for _ in 0..20 {
        let mut child = reader().spawn()?;
        let stdin = child.stdin.take().expect("it is piped");
        children.push((pid_of(&child), stdin));
    }
    assert!(children.iter().all(|(pid, _)| !is_gone(*pid)));
    // One by one, while the thread waits for the others.
    while let Some((pid, stdin)) = children.pop() {
        drop(stdin);
        until_gone(pid).await;
        assert!(children.iter().all(|(pid, _)| !is_gone(*pid)));
    }
    Ok(())
}

#[heist::test]
async fn a_child_that_has_ended_is_reaped_by_the_drop() -> io::Result<()> {
    let child = sh("exit 0").spawn()?;
    let pid = pid_of(&child);
    // Waits for its end, but leaves it a zombie.
    waitid(
        WaitId::Pid(pid),
        WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
    )?;
    assert!(!is_gone(pid));
    drop(child);
    assert!(is_gone(pid));
    Ok(())
}

#[heist::test]
async fn a_cancelled_wait_leaves_no_zombie() -> io::Result<()> {
    let mut child = reader().spawn()?;
    let pid = pid_of(&child);
    let stdin = child.stdin.take();
    assert!(poll_once(child.wait()).await.is_none());
    drop((child, stdin));
    until_gone(pid).await;
    Ok(())
}

#[heist::test]
async fn kill_on_drop_leaves_no_process() -> io::Result<()> {
    for _ in 0..50 {
        let child = Command::new("sleep")
            .arg("600")
            .kill_on_drop(true)
            .spawn()?;
        let pid = pid_of(&child);
        drop(child);
        until_gone(pid).await;
    }
    Ok(())
}

#[heist::test]
async fn kill_on_drop_applies_to_the_futures_too() -> io::Result<()> {
    // Observed from outside: this pipe ends when the child does.
    let (sender, receiver) = heist::net::unix::pipe::pipe()?;
    let mut command = Command::new("sleep");
    command.arg("600").kill_on_drop(true);
    command.stdin(Stdio::from(sender.into_blocking_fd()?));
    let mut output = Box::pin(command.output());
    let mut status = Box::pin(command.status());
    assert!(poll_once(&mut output).await.is_none());
    assert!(poll_once(&mut status).await.is_none());
    drop((output, status, command));
    assert_eq!(receiver.read(&mut [0]).await?, 0);
    Ok(())
}

#[heist::test]
async fn without_kill_on_drop_a_child_continues() -> io::Result<()> {
    let mut child = sh("read line; echo $line")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let pid = pid_of(&child);
    drop(child);
    stdin.expect("it is piped").into_owned_fd().map(|fd| {
        use std::io::Write;
        std::fs::File::from(fd).write_all(b"still here\n")
    })??;
    let mut said = String::new();
    stdout
        .expect("it is piped")
        .read_to_string(&mut said)
        .await?;
    assert_eq!(said, "still here\n");
    until_gone(pid).await;
    Ok(())
}

#[test]
fn a_runtime_that_shuts_down_leaves_no_zombies() -> io::Result<()> {
    let runtime = Runtime::new()?;
    let (tell, told) = mpsc::channel();
    runtime.block_on(async {
        for kill_on_drop in [true, false] {
            let tell = tell.clone();
            heist::spawn(async move {
                let mut child = reader().kill_on_drop(kill_on_drop).spawn().unwrap();
                let stdin = child.stdin.take();
                assert!(poll_once(child.wait()).await.is_none());
                tell.send(pid_of(&child)).unwrap();
                _ = child.wait().await;
                drop(stdin);
            });
        }
    });
    let pids = [told.recv().unwrap(), told.recv().unwrap()];
    drop(runtime);
    // Reaps both the killed one and the one whose input has ended, without any runtime.
    for pid in pids {
        while !is_gone(pid) {
            std::thread::yield_now();
        }
    }
    Ok(())
}
