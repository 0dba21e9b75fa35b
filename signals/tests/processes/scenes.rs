//! The children's behaviour.

use std::env;
use std::io::{self, BufRead, Write};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_lite::future::poll_once;
use heist::runtime::Runtime;
use heist::signal::{
    Cause, Disposition, Signal, SignalKind, Signals, ctrl_c, raise_default, reload, set_unhandled,
    shutdown, signal,
};
use heist::task::unconstrained;

use crate::child::MARK;
use crate::{HUP, INT, TERM, USR1};

/// A child that hangs ends after this time, and fails its test.
const DEADLINE_SECONDS: u32 = 120;

/// Plays the scene that the parent has requested, if there is a parent.
pub(crate) fn play() {
    let Ok(scene) = env::var("SCENE") else {
        return;
    };
    let number = env::var("SIGNAL").unwrap().parse::<i32>().unwrap();
    let kind = SignalKind::from_raw(number);
    // SAFETY: only a system call.
    unsafe { libc::alarm(DEADLINE_SECONDS) };
    let runtime = Runtime::new().unwrap();
    let played = match &*scene {
        "shutdown" => runtime.block_on(shutdown_twice()),
        "shutdown_late" => runtime.block_on(shutdown_late()),
        "reload" => runtime.block_on(reload_often()),
        "ctrl_c_once" => runtime.block_on(ctrl_c_once()),
        "default" => default(kind, &runtime),
        "swallow" => runtime.block_on(swallow()),
        "hangup_ignored" => runtime.block_on(hangup_ignored()),
        "raise_default" => runtime.block_on(die_by(kind)),
        "origin" => runtime.block_on(origin()),
        "origin_only" => runtime.block_on(origin_only()),
        "storm" => storm(&runtime),
        "count" => runtime.block_on(count(kind)),
        "descriptors" => descriptors(),
        _ => panic!("no scene {scene}"),
    };
    played.unwrap();
}

fn say(line: &str) {
    println!("{MARK}{line}");
    io::stdout().flush().unwrap();
}

/// Waits for a line from the parent, or until it closes the pipe.
fn listen() {
    io::stdin().lock().read_line(&mut String::new()).unwrap();
}

/// Observes that a signal is handled, without listening for it.
struct Watcher(Arc<AtomicBool>);

impl Watcher {
    fn new(kind: SignalKind) -> io::Result<Self> {
        let handled = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(kind.as_raw_value(), handled.clone())?;
        Ok(Self(handled))
    }

    fn wait(&self) {
        while !self.0.swap(false, Ordering::SeqCst) {
            std::thread::yield_now();
        }
    }
}

async fn shutdown_twice() -> io::Result<()> {
    let shutdown = shutdown();
    say("ready");
    let mut request = shutdown.await?;
    say(&format!("first {}", request.signal()));
    let signal = request.now().await;
    say(&format!("now {signal}"));
    Ok(())
}

async fn shutdown_late() -> io::Result<()> {
    let shutdown = shutdown();
    say("ready");
    listen();
    let request = shutdown.await?;
    let signal = request.signal();
    drop(request);
    say(&format!("first {signal}"));
    std::future::pending().await
}

async fn reload_often() -> io::Result<()> {
    let mut requests = reload()?;
    say("ready");
    requests.recv().await;
    let mut raised = signal(HUP)?;
    say("reloading");
    for _ in 0..5 {
        raised.recv().await;
        say("raised");
    }
    listen();
    requests.recv().await;
    say("reloading");
    assert!(poll_once(requests.recv()).await.is_none());
    say("no more");
    Ok(())
}

async fn ctrl_c_once() -> io::Result<()> {
    let task = heist::spawn(async {
        let mut waiting = Box::pin(ctrl_c());
        assert!(poll_once(&mut waiting).await.is_none());
        say("ready");
        waiting.await
    });
    task.await.unwrap()?;
    say("got it");
    std::future::pending().await
}

/// Two listeners on two runtimes, then one, then none.
fn default(kind: SignalKind, runtime: &Runtime) -> io::Result<()> {
    let other = Runtime::new()?;
    let mut first = runtime.block_on(async { signal(kind) })?;
    let mut second = other.block_on(async { Signals::new([kind, SignalKind::window_change()]) })?;
    say("two listen");
    assert_eq!(runtime.block_on(first.recv()), Some(()));
    assert_eq!(other.block_on(second.recv()), Some(kind));
    say("both got it");
    drop(first);
    say("one listens");
    assert_eq!(other.block_on(second.recv()), Some(kind));
    say("it got it");
    drop(second);
    say("none listens");
    listen();
    Ok(())
}

async fn swallow() -> io::Result<()> {
    set_unhandled(INT, Disposition::Ignore)?;
    drop(signal(INT)?);
    let watcher = Watcher::new(INT)?;
    for line in ["ready", "once more"] {
        say(line);
        watcher.wait();
    }
    set_unhandled(INT, Disposition::Original)?;
    say("restored");
    std::future::pending().await
}

async fn hangup_ignored() -> io::Result<()> {
    let mut hangup = signal(HUP)?;
    say("ready");
    hangup.recv().await;
    drop(hangup);
    let watcher = Watcher::new(HUP)?;
    say("got it");
    watcher.wait();
    Ok(())
}

async fn die_by(kind: SignalKind) -> io::Result<()> {
    let mut listener = signal(kind)?;
    // Neither a listener nor another setting may prevent it.
    set_unhandled(kind, Disposition::Ignore)?;
    say("ready");
    listener.recv().await;
    say("got it");
    raise_default(kind)
}

async fn origin() -> io::Result<()> {
    let mut signals = Signals::with_origin([USR1, SignalKind::child()])?;
    say("ready");
    let origin = signals.recv().await.unwrap();
    let sender = origin.process.unwrap();
    let (signal, cause) = (origin.signal, origin.cause);
    say(&format!("{signal} {} {} {cause:?}", sender.pid, sender.uid));
    let mut child = Command::new("true").spawn()?;
    let origin = signals.recv().await.unwrap();
    assert_eq!(origin.signal, SignalKind::child());
    assert_eq!(origin.process.unwrap().pid, child.id());
    assert_eq!(origin.cause, Cause::ChildExited);
    child.wait()?;
    say("SIGCHLD by the child, ChildExited");
    Ok(())
}

async fn origin_only() -> io::Result<()> {
    let mut signals = Signals::with_origin([TERM])?;
    say("ready");
    for _ in 0..10 {
        signals.recv().await;
        say("got it");
    }
    listen();
    drop(signals);
    say("dropped");
    std::future::pending().await
}

/// Permanent listeners and short-lived ones, on two runtimes.
fn storm(runtime: &Runtime) -> io::Result<()> {
    const STEADY: usize = 8;
    set_unhandled(USR1, Disposition::Ignore)?;
    let other = Runtime::new()?;
    let stormy = Arc::new(AtomicBool::new(true));
    let mut steady = Vec::new();
    let mut passing = Vec::new();
    for runtime in [runtime, &other] {
        let _guard = runtime.enter();
        for _ in 0..STEADY {
            let mut listener = signal(USR1)?;
            let stormy = stormy.clone();
            steady.push(heist::spawn(async move {
                while stormy.load(Ordering::SeqCst) {
                    listener.recv().await.unwrap();
                }
                listener
            }));
            passing.push(heist::spawn(come_and_go()));
        }
    }
    say("ready");
    listen();
    stormy.store(false, Ordering::SeqCst);
    // Ends the waiting ones, however the storm ended.
    signal_hook::low_level::raise(USR1.as_raw_value())?;
    for task in passing {
        task.abort();
    }
    let mut listeners = Vec::new();
    for task in steady {
        let mut listener = runtime.block_on(task).unwrap();
        runtime.block_on(drain(&mut listener));
        listeners.push(listener);
    }
    say("calm");
    for listener in &mut listeners {
        assert_eq!(runtime.block_on(listener.recv()), Some(()));
    }
    say("all got it");
    Ok(())
}

async fn come_and_go() -> io::Result<()> {
    loop {
        let mut listener = signal(USR1)?;
        listener.recv().await;
        let mut with_origin = Signals::with_origin([USR1])?;
        with_origin.recv().await;
    }
}

async fn drain(listener: &mut Signal) {
    while poll_once(unconstrained(listener.recv())).await.is_some() {}
}

async fn count(kind: SignalKind) -> io::Result<()> {
    let mut listener = signal(kind)?;
    say("ready");
    for _ in 0..100 {
        listener.recv().await;
    }
    assert!(poll_once(listener.recv()).await.is_none());
    say("100");
    Ok(())
}

/// The number of open descriptors depends neither on that of listeners, nor on that of past
/// runtimes.
#[cfg(target_os = "linux")]
fn descriptors() -> io::Result<()> {
    // Without the files in `/proc` that the runtime opens now and then to watch threads.
    let open = || {
        let links = std::fs::read_dir("/proc/self/fd")?;
        let files = links.filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
        io::Result::Ok(files.filter(|file| !file.starts_with("/proc")).count())
    };
    let listen_a_while = |listeners: usize| {
        let runtime = Runtime::new()?;
        let listeners = runtime.block_on(async {
            let listener = |_| signal(USR1);
            (0..listeners).map(listener).collect::<io::Result<Vec<_>>>()
        })?;
        let meanwhile = open()?;
        drop(runtime);
        drop(listeners);
        io::Result::Ok((meanwhile, open()?))
    };
    let few = listen_a_while(1)?;
    for _ in 0..10 {
        assert_eq!(listen_a_while(1_000)?, few);
    }
    say("no more than before");
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn descriptors() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
