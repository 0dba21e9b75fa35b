//! How children end, and who may wait for them.

use std::io;
use std::os::unix::process::ExitStatusExt;

use futures_lite::future::poll_once;
use heist::process::Command;
use heist::runtime::Runtime;

use crate::{is_gone, pid_of, reader, sh};

const SIGKILL: i32 = 9;

#[heist::test]
async fn exit_codes_are_returned() -> io::Result<()> {
    for code in [0, 1, 7, 255] {
        let status = sh(&format!("exit {code}")).status().await?;
        assert_eq!(status.code(), Some(code));
    }
    Ok(())
}

#[heist::test]
async fn the_signal_that_killed_a_child_is_returned() -> io::Result<()> {
    let status = sh("kill -TERM $$").status().await?;
    assert_eq!((status.code(), status.signal()), (None, Some(15)));
    Ok(())
}

#[heist::test]
async fn after_the_end_the_status_is_returned_again_but_no_id() -> io::Result<()> {
    let mut child = sh("exit 2").spawn()?;
    let pid = pid_of(&child);
    assert_eq!(child.wait().await?.code(), Some(2));
    assert!(is_gone(pid));
    assert_eq!(child.wait().await?.code(), Some(2));
    assert_eq!(child.try_wait()?.and_then(|status| status.code()), Some(2));
    assert_eq!(child.id(), None);
    // Nothing is left to kill, and no other process is hit.
    child.start_kill()?;
    child.kill().await
}

#[heist::test]
async fn try_wait_does_not_wait_nor_close_the_input() -> io::Result<()> {
    let mut child = reader().spawn()?;
    assert_eq!(child.try_wait()?, None);
    assert!(child.stdin.is_some());
    drop(child.stdin.take());
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None => heist::task::yield_now().await,
        }
    };
    assert!(status.success());
    assert_eq!(child.id(), None);
    Ok(())
}

#[heist::test]
async fn a_wait_closes_the_input_first() -> io::Result<()> {
    let mut child = reader().spawn()?;
    assert!(child.wait().await?.success());
    assert!(child.stdin.is_none());
    Ok(())
}

#[heist::test]
async fn a_cancelled_wait_can_be_repeated() -> io::Result<()> {
    let mut child = reader().spawn()?;
    // Taken out, so that the waits do not close it.
    let stdin = child.stdin.take();
    for _ in 0..100 {
        assert!(poll_once(child.wait()).await.is_none());
    }
    drop(stdin);
    // From now on any of these may see the end, and it is not lost by those that did not.
    for _ in 0..100 {
        if let Some(status) = poll_once(child.wait()).await {
            assert!(status?.success());
        }
    }
    assert!(child.wait().await?.success());
    Ok(())
}

#[heist::test]
async fn kill_ends_it() -> io::Result<()> {
    let mut child = Command::new("sleep").arg("600").spawn()?;
    let pid = pid_of(&child);
    child.kill().await?;
    assert!(is_gone(pid));
    assert_eq!(child.wait().await?.signal(), Some(SIGKILL));
    Ok(())
}

#[heist::test]
async fn many_wait_at_once_and_each_gets_its_own() -> io::Result<()> {
    let mut waiting = Vec::new();
    for code in 0..100 {
        // In a different order.
        let mut child = sh(&format!("read line; exit {code}"))
            .stdin(std::process::Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take();
        let task = heist::spawn(async move { child.wait().await });
        waiting.push((code, stdin, task));
    }
    for (_, stdin, _) in waiting.iter_mut().rev() {
        drop(stdin.take());
    }
    for (code, _, task) in waiting {
        assert_eq!(task.await.unwrap()?.code(), Some(code));
    }
    Ok(())
}

#[test]
fn a_child_is_waited_for_in_another_runtime() -> io::Result<()> {
    let (first, second) = (Runtime::new()?, Runtime::new()?);
    let mut child = first.block_on(async { sh("exit 4").spawn() })?;
    assert_eq!(second.block_on(child.wait())?.code(), Some(4));

    // The first runtime has watched it, and is gone.
    let mut child = first.block_on(async { reader().spawn() })?;
    let stdin = child.stdin.take();
    assert!(first.block_on(poll_once(child.wait())).is_none());
    drop(first);
    drop(stdin);
    assert!(second.block_on(child.wait())?.success());
    Ok(())
}

#[test]
fn runtimes_side_by_side_wait_for_their_own() {
    let waiting = Vec::from_iter((0..4).map(|n| {
        std::thread::spawn(move || {
            Runtime::new()?.block_on(async {
                for round in 0..25 {
                    let code = n * 25 + round;
                    let status = sh(&format!("exit {code}")).status().await?;
                    assert_eq!(status.code(), Some(code));
                }
                io::Result::Ok(())
            })
        })
    }));
    for thread in waiting {
        thread.join().unwrap().unwrap();
    }
}

#[test]
fn a_wait_ends_with_its_runtime() -> io::Result<()> {
    let runtime = Runtime::new()?;
    let mut child = runtime.block_on(async { Command::new("sleep").arg("600").spawn() })?;
    let handle = runtime.handle().clone();
    assert!(runtime.block_on(poll_once(child.wait())).is_none());
    drop(runtime);
    let error = handle.block_on(child.wait()).unwrap_err();
    assert!(error.to_string().contains("`sleep`"), "{error}");
    child.start_kill()
}
