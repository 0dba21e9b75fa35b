//! A child that another process traces: the tracer sees its end first, and the parent only when the
//! tracer detaches.
#![cfg(target_os = "linux")]

use std::io;
use std::process::Stdio;

use futures_lite::future::poll_once;
use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::process::{Child, ChildStdin, Command};

use crate::{is_gone, pid_of, until_gone};

/// Seizes the process, reports that, waits for its end without reaping it, reports that, and
/// detaches when its own input ends.
const TRACER: &str = "
import ctypes, os, sys
PTRACE_SEIZE = 0x4206
ptrace = ctypes.CDLL(None).ptrace
ptrace.argtypes = [ctypes.c_long] * 4
pid = int(sys.argv[1])
if ptrace(PTRACE_SEIZE, pid, 0, 0) != 0:
    sys.exit('not allowed to trace')
sys.stdout.write('a')
sys.stdout.flush()
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
sys.stdout.write('b')
sys.stdout.flush()
sys.stdin.read()
";

/// Returns a killed child whose end its tracer has seen. `None` if tracing is impossible here.
async fn killed_and_traced() -> io::Result<Option<(Child, Child, ChildStdin)>> {
    let mut child = Command::new("sleep").arg("600").spawn()?;
    let tracer = Command::new("python3")
        .args(["-c", TRACER, &pid_of(&child).to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut tracer) = tracer else {
        eprintln!("skipped: no python3 on this machine");
        child.kill().await?;
        return Ok(None);
    };
    let stdin = tracer.stdin.take().expect("it is piped");
    let mut stdout = tracer.stdout.take().expect("it is piped");
    let attached = stdout.read(&mut [0]).await? == 1;
    assert!(poll_once(child.wait()).await.is_none());
    child.start_kill()?;
    if !attached {
        eprintln!("skipped: processes must not be traced here");
        child.wait().await?;
        return Ok(None);
    }
    assert_eq!(stdout.read(&mut [0]).await?, 1);
    Ok(Some((child, tracer, stdin)))
}

#[heist::test]
async fn its_end_is_seen_when_the_tracer_detaches() -> io::Result<()> {
    let Some((mut child, mut tracer, mut stdin)) = killed_and_traced().await? else {
        return Ok(());
    };
    for _ in 0..100 {
        assert!(poll_once(child.wait()).await.is_none());
        heist::task::yield_now().await;
    }
    let waiting = heist::spawn(async move { child.wait().await });
    stdin.close().await?;
    drop(stdin);
    assert!(tracer.wait().await?.success());
    assert!(!waiting.await.unwrap()?.success());
    Ok(())
}

#[heist::test]
async fn if_dropped_it_is_reaped_when_the_tracer_detaches() -> io::Result<()> {
    let Some((child, mut tracer, stdin)) = killed_and_traced().await? else {
        return Ok(());
    };
    let pid = pid_of(&child);
    drop(child);
    assert!(!is_gone(pid));
    drop(stdin);
    assert!(tracer.wait().await?.success());
    until_gone(pid).await;
    Ok(())
}
