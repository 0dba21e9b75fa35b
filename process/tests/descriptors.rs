//! Thousands of children leave neither descriptors nor zombies behind. A binary of its own, since
//! it counts those of the whole process.
#![cfg(target_os = "linux")]

use std::fs;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use futures_lite::future::poll_once;
use heist::process::Command;
use heist::runtime::Runtime;

const CHILDREN: usize = 3000;
const AT_ONCE: usize = 30;

/// The most descriptors for a child that is waited for: three pipes, and two to watch its end.
/// While one is being started, also the other end of each pipe, std's own pipe, and `/dev/null`.
const EACH: usize = 5 + 6;

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// Returns the number of this process's children, in any state.
fn children() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("/proc is there");
    tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok())
        .map(|children| children.split_whitespace().count())
        .sum()
}

async fn run_one(n: usize) -> io::Result<()> {
    let mut command = Command::new("true");
    match n % 3 {
        0 => assert!(command.output().await?.status.success()),
        1 => assert!(command.status().await?.success()),
        _ => {
            let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
            drop(pipes.kill_on_drop(n % 2 == 0).spawn()?);
        }
    }
    Ok(())
}

/// Opens what the process keeps after its first wait, such as a pipe for its signals.
async fn wait_for_one() -> io::Result<()> {
    let mut child = Command::new("cat").stdin(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    assert!(poll_once(child.wait()).await.is_none());
    drop(stdin);
    child.wait().await.map(drop)
}

#[test]
fn thousands_of_children_leave_nothing_behind() -> io::Result<()> {
    Runtime::new()?.block_on(wait_for_one())?;
    let before = descriptors();
    let runtime = Runtime::new()?;
    // The runtime opens what it needs for timers when the first one is armed.
    let timer = heist::time::sleep(Duration::from_millis(1));
    runtime
        .block_on(async { heist::spawn(timer).await })
        .unwrap();
    let with_runtime = descriptors();
    runtime.block_on(async {
        let mut lines = Vec::new();
        for line in 0..AT_ONCE {
            lines.push(heist::spawn(async move {
                let mut most = 0;
                for n in (line..CHILDREN).step_by(AT_ONCE) {
                    run_one(n).await?;
                    most = most.max(descriptors());
                }
                io::Result::Ok(most)
            }));
        }
        for line in lines {
            let most = line.await.unwrap()?;
            assert!(most <= with_runtime + AT_ONCE * EACH, "{most} descriptors");
        }
        io::Result::Ok(())
    })?;
    drop(runtime);
    // Dropped children may still be about to end.
    while children() > 0 || descriptors() > before {
        std::thread::yield_now();
    }
    Ok(())
}
