//! Files: the positions of reads and writes, and the errors.

use futures_lite::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use heist_io::fs::{self, File};
use heist_runtime::runtime::is_rt_shutdown_err;
use heist_runtime::{Builder, Runtime, spawn, spawn_blocking};
use std::future::Future;
use std::io::SeekFrom;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tempfile::TempDir;

fn run<R>(test: impl Future<Output = R>) -> R {
    with_one_thread().block_on(test)
}

/// A runtime with one blocking thread, so that jobs run one after another.
fn with_one_thread() -> Runtime {
    Builder::new().max_blocking_threads(1).build().unwrap()
}

/// Creates a file with these contents, in a directory that is removed with the first value.
fn file_with(contents: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, contents).unwrap();
    (dir, path)
}

/// Polls a future once, while the runtime's only blocking thread is occupied, and drops it.
async fn begin(future: impl Future) {
    let (release, held) = mpsc::channel::<()>();
    let job = spawn_blocking(move || held.recv().unwrap_err());
    let poll = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending());
    drop(release);
    job.await.unwrap();
}

#[test]
fn an_operation_that_gets_no_thread_does_not_move_the_reader() {
    // No system has room for such a stack, so starting a thread fails as it does at a limit.
    let without_threads = Builder::new()
        .thread_stack_size(isize::MAX as usize)
        .build_current_thread()
        .unwrap();
    let (_dir, path) = file_with("0123456789");
    let runtime = with_one_thread();
    let mut file = runtime.block_on(async {
        let mut options = File::options();
        let mut file = options.read(true).write(true).open(&path).await.unwrap();
        begin(file.read(&mut [0; 8])).await;
        file.read_exact(&mut [0; 2]).await.unwrap();
        file
    });
    without_threads.block_on(async {
        file.write_all(b"xy").await.unwrap_err();
        file.seek(SeekFrom::Current(1)).await.unwrap_err();
        file.read(&mut [0; 1]).await.unwrap_err();
    });
    runtime.block_on(async {
        let mut next = [0; 1];
        file.read_exact(&mut next).await.unwrap();
        assert_eq!(&next, b"2");
        file.write_all(b"ab").await.unwrap();
        file.flush().await.unwrap();
        assert_eq!(fs::read_to_string(&path).await.unwrap(), "012ab56789");
    });
}

#[test]
fn a_write_goes_where_the_reader_is() {
    let (_dir, path) = file_with("0123456789");
    run(async {
        let mut file = File::options()
            .read(true)
            .write(true)
            .open(&path)
            .await
            .unwrap();
        // Reads ahead, and takes a part of that.
        begin(file.read(&mut [0; 8])).await;
        let mut taken = [0; 2];
        file.read_exact(&mut taken).await.unwrap();
        file.write_all(b"ab").await.unwrap();
        file.flush().await.unwrap();
        assert_eq!(fs::read_to_string(&path).await.unwrap(), "01ab456789");
        let mut rest = String::new();
        file.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "456789");
    });
}

#[test]
fn a_seek_counts_from_where_the_reader_is() {
    let (_dir, path) = file_with("0123456789");
    run(async {
        let mut file = File::open(&path).await.unwrap();
        begin(file.read(&mut [0; 8])).await;
        file.read_exact(&mut [0; 2]).await.unwrap();
        assert_eq!(file.seek(SeekFrom::Current(1)).await.unwrap(), 3);
        let mut next = [0; 1];
        file.read_exact(&mut next).await.unwrap();
        assert_eq!(&next, b"3");
    });
}

#[test]
fn a_dropped_seek_does_not_affect_the_next() {
    let (_dir, path) = file_with("0123456789");
    run(async {
        let mut file = File::open(&path).await.unwrap();
        begin(file.seek(SeekFrom::Start(5))).await;
        assert_eq!(file.seek(SeekFrom::Start(2)).await.unwrap(), 2);
    });
}

#[test]
fn flush_returns_the_error_of_a_write() {
    let (_dir, path) = file_with("");
    run(async {
        let mut file = File::open(&path).await.unwrap();
        assert_eq!(file.write(b"not to be written").await.unwrap(), 17);
        let error = file.flush().await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(9), "{error}");
        file.flush().await.unwrap();
    });
}

#[test]
fn the_error_of_a_write_is_kept_through_other_operations() {
    let (_dir, path) = file_with("0123456789");
    run(async {
        let mut file = File::open(&path).await.unwrap();
        file.write(b"not to be written").await.unwrap();
        file.read_exact(&mut [0; 2]).await.unwrap();
        file.sync_all().await.unwrap();
        let error = file.write(b"nor this").await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(9), "{error}");
    });
}

#[test]
fn the_error_of_a_write_is_kept_by_operations_that_wait_for_it() {
    let (_dir, path) = file_with("");
    run(async {
        let mut file = File::open(&path).await.unwrap();
        file.write(b"not to be written").await.unwrap();
        file.sync_all().await.unwrap();
        let error = file.flush().await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(9), "{error}");
    });
}

#[test]
fn several_tasks_may_wait_for_one_file() {
    let (_dir, path) = file_with("");
    Runtime::new().unwrap().block_on(async {
        for round in 1..=20 {
            let mut file = File::create(&path).await.unwrap();
            file.write_all(&vec![b'x'; 100_000]).await.unwrap();
            let file = Arc::new(file);
            let tasks: Vec<_> = (0..8)
                .map(|n| {
                    let file = file.clone();
                    spawn(async move {
                        match n % 4 {
                            0 => file.sync_data().await,
                            1 => file.set_len(round).await,
                            2 => file.try_clone().await.map(drop),
                            _ => file.set_modified(std::time::SystemTime::now()).await,
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap().unwrap();
            }
            assert_eq!(file.metadata().await.unwrap().len(), round);
        }
    });
}

#[test]
fn a_write_reaches_the_file_though_the_runtime_ends() {
    let (_dir, path) = file_with("");
    let runtime = with_one_thread();
    let mut file = File::from(std::fs::File::create(&path).unwrap());
    let (release, held) = mpsc::channel::<()>();
    drop(runtime.spawn_blocking(move || held.recv()));
    runtime.block_on(async {
        let mut write = pin!(file.write(b"promised"));
        let poll = write.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Ready(Ok(8))));
    });
    let cancelled = runtime.spawn_blocking(|| ());
    let ending = std::thread::spawn(move || runtime.shutdown_graceful(Duration::ZERO));
    // If this is cancelled, the write would have been cancelled, too.
    assert!(futures_lite::future::block_on(cancelled).is_err());
    drop(release);
    ending.join().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "promised");
}

#[test]
fn a_write_after_the_runtimes_end_fails_at_once() {
    let (_dir, path) = file_with("");
    let runtime = with_one_thread();
    let mut file = File::from(std::fs::File::create(&path).unwrap());
    let handle = runtime.handle().clone();
    let _entered = handle.enter();
    drop(runtime);
    futures_lite::future::block_on(async {
        let error = file.write(b"lost").await.unwrap_err();
        assert!(is_rt_shutdown_err(&error), "{error}");
        let error = heist_io::stdout().write(b"lost").await.unwrap_err();
        assert!(is_rt_shutdown_err(&error), "{error}");
    });
}

#[test]
fn each_entry_of_a_large_directory_is_returned_once() {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<_> = (0..100).map(|n| format!("{n:03}")).collect();
    for name in &names {
        std::fs::write(dir.path().join(name), "").unwrap();
    }
    run(async {
        let mut entries = fs::read_dir(dir.path()).await.unwrap();
        let mut seen = Vec::new();
        while let Some(entry) = entries.next_entry().await.unwrap() {
            assert!(entry.file_type().await.unwrap().is_file());
            seen.push(entry.file_name().into_string().unwrap());
        }
        seen.sort();
        assert_eq!(seen, names);
    });
}

#[test]
fn a_large_file_is_read_and_written_in_parts() {
    let (_dir, path) = file_with("");
    run(async {
        let contents: Vec<u8> = (0..5_000_000_u32).map(|n| n as u8).collect();
        let mut file = File::create(&path).await.unwrap();
        assert!(file.write(&contents).await.unwrap() < contents.len());
        file.seek(SeekFrom::Start(0)).await.unwrap();
        file.write_all(&contents).await.unwrap();
        file.flush().await.unwrap();
        let mut file = File::open(&path).await.unwrap();
        file.set_max_buf_size(1000);
        let mut read = Vec::new();
        file.read_to_end(&mut read).await.unwrap();
        assert!(read == contents);
    });
}
