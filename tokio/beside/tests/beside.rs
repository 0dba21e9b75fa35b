//! tokio's names on heist's threads, and heist's names on tokio's threads.

use heist::runtime::{Builder, Handle, Runtime};
use heist::tokio::{BuilderExt, Tokio};
use std::sync::mpsc;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(1);

fn runtime() -> Runtime {
    let mut builder = Builder::new();
    builder
        .worker_threads(2)
        .tokio(Tokio::new())
        .build()
        .unwrap()
}

/// Uses what needs tokio's runtime: a timer, a task, sockets, a blocking thread.
async fn by_tokio() -> std::io::Result<()> {
    tokio::time::sleep(SHORT).await;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let echo = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        let mut buf = [0; 4];
        stream.read_exact(&mut buf).await?;
        stream.write_all(&buf).await
    });
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"ping").await?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await?;
    assert_eq!(&answer, b"ping");
    echo.await??;
    assert_eq!(tokio::task::spawn_blocking(|| 7).await?, 7);
    Ok(())
}

/// Uses what needs heist's runtime.
async fn by_heist() {
    heist::time::sleep(SHORT).await;
    let listener = heist::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = heist::spawn(async move { listener.accept().await.is_ok() });
    heist::net::TcpStream::connect(address).await.unwrap();
    assert!(accepted.await.unwrap());
    assert_eq!(heist::spawn_blocking(|| 7).await.unwrap(), 7);
}

#[heist::main(tokio, worker_threads = 2)]
async fn in_main() -> std::io::Result<()> {
    by_tokio().await?;
    tokio::spawn(by_heist()).await?;
    Ok(())
}

#[test]
fn in_the_body_of_main() {
    in_main().unwrap();
}

#[heist::test(tokio)]
async fn in_tasks_and_blocking_threads() {
    heist::spawn(by_tokio()).await.unwrap().unwrap();
    let heist = Handle::current();
    heist::spawn_blocking(move || {
        // Inside the `block_on` of either runtime.
        heist.block_on(by_tokio()).unwrap();
        tokio::runtime::Handle::current()
            .block_on(by_tokio())
            .unwrap();
    })
    .await
    .unwrap();
    heist::task::spawn_pinned(0, by_tokio)
        .await
        .unwrap()
        .unwrap();
}

#[heist::test(tokio)]
async fn heists_names_in_tokios_threads() {
    tokio::spawn(by_heist()).await.unwrap();
    let blocking = tokio::task::spawn_blocking(|| Handle::current().block_on(by_heist()));
    blocking.await.unwrap();
}

#[test]
fn on_spare_workers() {
    let mut builder = Builder::new();
    let runtime = builder
        .worker_threads(1)
        .tokio(Tokio::new())
        .build()
        .unwrap();
    let (release, held) = mpsc::channel::<()>();
    let stalled = runtime.spawn(async move { held.recv() });
    // The only worker is stalled.
    runtime
        .block_on(runtime.spawn(by_tokio()))
        .unwrap()
        .unwrap();
    drop(release);
    runtime.block_on(stalled).unwrap().unwrap_err();
}

#[test]
fn on_the_thread_of_a_current_thread_runtime() {
    let runtime = Builder::new()
        .tokio(Tokio::new())
        .build_current_thread()
        .unwrap();
    runtime.block_on(async {
        by_tokio().await.unwrap();
        heist::spawn(by_tokio()).await.unwrap().unwrap();
    });
}

#[test]
fn a_tokio_runtime_of_the_users_goes_on() {
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let runtime = Builder::new()
        .tokio(tokio.handle().clone().into())
        .build()
        .unwrap();
    runtime
        .block_on(runtime.spawn(by_tokio()))
        .unwrap()
        .unwrap();
    drop(runtime);
    tokio.block_on(by_tokio()).unwrap();
}

/// Spawns an endless tokio task, and returns a reference to a value that it owns.
fn endless(runtime: &Runtime) -> Weak<()> {
    let held = Arc::new(());
    let weak = Arc::downgrade(&held);
    runtime.block_on(async {
        tokio::spawn(async move {
            tokio::time::sleep(LONG).await;
            drop(held);
        });
    });
    weak
}

#[test]
fn it_ends_with_heists_and_after_its_tasks() {
    struct UsesTokio(mpsc::Sender<bool>);
    impl Drop for UsesTokio {
        fn drop(&mut self) {
            // tokio's runtime still exists here.
            let handle = tokio::runtime::Handle::current();
            let ran = handle.block_on(async { tokio::spawn(async {}).await.is_ok() });
            self.0.send(ran).unwrap();
        }
    }
    let runtime = runtime();
    let held = endless(&runtime);
    let (sender, receiver) = mpsc::channel();
    let last = UsesTokio(sender);
    let (started, has_started) = mpsc::channel();
    runtime.spawn(async move {
        let _last = last;
        started.send(()).unwrap();
        std::future::pending::<()>().await;
    });
    has_started.recv().unwrap();
    drop(runtime);
    assert!(receiver.recv().unwrap());
    assert!(held.upgrade().is_none(), "its tasks have been dropped");
}

#[test]
fn nothing_of_either_is_left() {
    let held = Arc::new(());
    let weak = Arc::downgrade(&held);
    let mut builder = Builder::new();
    let runtime = builder.extension(held).tokio(Tokio::new()).build().unwrap();
    drop(builder);
    // tokio's threads have heist's handle, and heist has tokio's.
    runtime.block_on(async { tokio::spawn(by_heist()).await.unwrap() });
    drop(runtime);
    assert!(weak.upgrade().is_none(), "they keep each other");
}

#[test]
fn its_end_is_waited_for_as_long_as_heists() {
    let runtime = runtime();
    let (release, held) = mpsc::channel::<()>();
    runtime.block_on(async {
        let (started, has_started) = tokio::sync::oneshot::channel();
        tokio::task::spawn_blocking(move || {
            started.send(()).unwrap();
            held.recv()
        });
        has_started.await.unwrap();
    });
    // Without the time limit it would wait forever.
    runtime.shutdown_timeout(Duration::from_millis(10));
    drop(release);
}

#[test]
fn a_runtime_can_be_dropped_in_a_task_of_either() {
    let (outer, inner) = (runtime(), [runtime(), runtime()]);
    let [one, two] = inner;
    outer.block_on(async move {
        heist::spawn(async move { drop(one) }).await.unwrap();
        tokio::spawn(async move { drop(two) }).await.unwrap();
    });
    let own = runtime();
    let handle = own.handle().clone();
    let (sender, receiver) = mpsc::channel();
    handle.spawn(async move {
        drop(own);
        sender.send(()).unwrap();
    });
    receiver.recv().unwrap();
}

#[test]
fn settings_that_cannot_be_are_errors_and_leave_no_thread() {
    let error = Builder::new()
        .tokio(Tokio::new().worker_threads(0))
        .build()
        .unwrap_err();
    assert!(
        error.to_string().contains("worker_threads of tokio"),
        "{error}"
    );
    // The threads' names are found invalid when tokio's threads already exist and wait for heist's.
    let refused = Builder::new()
        .tokio(Tokio::new())
        .thread_name_fn(|| "nul\0".to_owned())
        .build();
    refused.unwrap_err();
}

#[test]
fn a_thread_of_the_users_enters_by_block_on() {
    let runtime = runtime();
    thread::scope(|scope| {
        scope
            .spawn(|| runtime.handle().block_on(by_tokio()))
            .join()
            .unwrap()
            .unwrap();
    });
}
