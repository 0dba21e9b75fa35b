//! `AsyncFd` over descriptors other than TCP sockets, awaited by several tasks.
#![cfg(unix)]

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_lite::future::{block_on, poll_once};
use heist::io::{AsyncFd, Interest, Ready};

fn unix_pair() -> io::Result<(UnixStream, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    Ok((ours, theirs))
}

fn read_byte(mut from: &UnixStream) -> io::Result<u8> {
    let mut byte = [0];
    from.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// Starts `tasks` tasks of `operation`, each of which has to wait, and then triggers `event`.
/// Returns their results, in the order of the tasks.
async fn all_wait_for<T, F>(
    tasks: usize,
    operation: impl Fn() -> F,
    event: impl FnOnce() -> io::Result<()>,
) -> io::Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let waiting = Arc::new(AtomicUsize::new(0));
    let handles: Vec<_> = (0..tasks)
        .map(|_| {
            let (operation, waiting) = (operation(), Arc::clone(&waiting));
            heist::spawn(async move {
                let mut operation = pin!(operation);
                assert!(poll_once(&mut operation).await.is_none(), "it did not wait");
                waiting.fetch_add(1, Ordering::Release);
                operation.await
            })
        })
        .collect();
    while waiting.load(Ordering::Acquire) < tasks {
        heist::task::yield_now().await;
    }
    event()?;
    let mut results = Vec::new();
    for handle in handles {
        results.push(handle.await.unwrap()?);
    }
    Ok(results)
}

#[heist::test]
async fn readiness_cleared_by_a_guard_is_not_ready() -> io::Result<()> {
    let (near, far) = unix_pair()?;
    let near = AsyncFd::new(near)?;
    let both = Interest::READABLE | Interest::WRITABLE;
    (&far).write_all(b"x")?;
    let mut guard = near.ready(both).await?;
    assert!(guard.ready().is_writable());
    guard.clear_ready_matching(Ready::READABLE);
    assert!(!guard.ready().is_readable() && guard.ready().is_writable());
    guard.retain_ready();
    assert!(guard.ready().is_writable());
    guard.clear_ready();
    assert!(guard.ready().is_empty());

    (&far).write_all(b"y")?;
    let mut guard = near.ready(both).await?;
    let blocked = guard.try_io(|_| Err::<(), _>(ErrorKind::WouldBlock.into()));
    assert!(blocked.is_err() && guard.ready().is_empty());
    Ok(())
}

#[heist::test]
async fn readiness_cleared_by_an_exclusive_guard_is_not_ready() -> io::Result<()> {
    let (near, far) = unix_pair()?;
    let mut near = AsyncFd::new(near)?;
    let both = Interest::READABLE | Interest::WRITABLE;
    (&far).write_all(b"x")?;
    let mut guard = near.ready_mut(both).await?;
    guard.clear_ready_matching(Ready::READABLE);
    assert!(!guard.ready().is_readable() && guard.ready().is_writable());
    guard.clear_ready();
    assert!(guard.ready().is_empty());

    (&far).write_all(b"y")?;
    let mut guard = near.ready_mut(both).await?;
    let blocked = guard.try_io(|_| Err::<(), _>(ErrorKind::WouldBlock.into()));
    assert!(blocked.is_err() && guard.ready().is_empty());
    Ok(())
}

#[heist::test]
async fn waiting_for_an_interest_that_is_not_watched_is_an_error() -> io::Result<()> {
    let (near, mut far) = unix_pair()?;
    let near = AsyncFd::with_interest(near, Interest::READABLE)?;
    let write = near.async_io(Interest::WRITABLE, |mut socket| socket.write(b"x"));
    let refused = [write.await.err(), near.writable().await.err()];
    for error in refused.map(|error| error.expect("it is not watched for that")) {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("WRITABLE"), "{error}");
    }
    // Together with an interest that is watched it can.
    far.write_all(b"x")?;
    let both = Interest::READABLE | Interest::WRITABLE;
    assert!(near.ready(both).await?.ready().is_readable());
    assert_eq!(near.async_io(Interest::READABLE, read_byte).await?, b'x');
    Ok(())
}

#[heist::test]
async fn tasks_share_what_a_socket_receives() -> io::Result<()> {
    let (ours, mut theirs) = unix_pair()?;
    let fd = Arc::new(AsyncFd::new(ours)?);
    let read = || {
        let fd = Arc::clone(&fd);
        async move { fd.async_io(Interest::READABLE, read_byte).await }
    };
    let mut received = all_wait_for(8, read, || theirs.write_all(b"abcdefgh")).await?;
    received.sort();
    assert_eq!(received, b"abcdefgh");
    Ok(())
}

#[heist::test]
async fn tasks_wait_for_room_and_for_data_at_the_same_time() -> io::Result<()> {
    let (ours, mut theirs) = unix_pair()?;
    let fd = Arc::new(AsyncFd::new(ours)?);
    let chunk = [1; 1024];
    let mut full = 0;
    while let Some(sent) =
        poll_once(fd.async_io(Interest::WRITABLE, |mut socket| socket.write(&chunk))).await
    {
        full += sent?;
    }

    let reader = Arc::clone(&fd);
    let read = heist::spawn(async move { reader.async_io(Interest::READABLE, read_byte).await });
    let write = || {
        let fd = Arc::clone(&fd);
        async move {
            fd.async_io(Interest::WRITABLE, |mut socket| socket.write(b"x"))
                .await
        }
    };
    let drain = || theirs.read_exact(&mut vec![0; full]);
    assert_eq!(all_wait_for(4, write, drain).await?, [1; 4]);
    // Writability woke the writers and left the reader waiting.
    assert!(!read.is_finished());
    theirs.write_all(b"!")?;
    assert_eq!(read.await.unwrap()?, b'!');
    Ok(())
}

#[heist::test]
async fn tasks_share_a_pipe_and_see_its_end() -> io::Result<()> {
    use rustix::pipe::{PipeFlags, pipe_with};

    let (receiver, sender): (OwnedFd, OwnedFd) = pipe_with(PipeFlags::NONBLOCK)?;
    let receiver = Arc::new(AsyncFd::new(receiver)?);
    let read = || {
        let receiver = Arc::clone(&receiver);
        async move {
            let read = |fd: &OwnedFd| Ok(rustix::io::read(fd, &mut [0; 1])?);
            receiver.async_io(Interest::READABLE, read).await
        }
    };
    let send = || Ok(rustix::io::write(&sender, b"abc").map(drop)?);
    assert_eq!(all_wait_for(3, read, send).await?, [1; 3]);
    // Once closed, the pipe is at its end for all readers.
    let close = || {
        drop(sender);
        Ok(())
    };
    assert_eq!(all_wait_for(3, read, close).await?, [0; 3]);
    Ok(())
}

#[heist::test]
async fn a_writer_gets_an_error_when_the_pipe_has_no_reader() -> io::Result<()> {
    use rustix::pipe::{PipeFlags, pipe_with};

    let (receiver, sender) = pipe_with(PipeFlags::NONBLOCK)?;
    let sender = Arc::new(AsyncFd::new(sender)?);
    let write = |fd: &OwnedFd| Ok(rustix::io::write(fd, &[0; 4096])?);
    while let Some(written) = poll_once(sender.async_io(Interest::WRITABLE, write)).await {
        written?;
    }
    let waiting = || {
        let sender = Arc::clone(&sender);
        async move {
            Ok(sender
                .async_io(Interest::WRITABLE, write)
                .await
                .unwrap_err()
                .kind())
        }
    };
    let close = || {
        drop(receiver);
        Ok(())
    };
    assert_eq!(
        all_wait_for(2, waiting, close).await?,
        [ErrorKind::BrokenPipe; 2]
    );
    Ok(())
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn tasks_share_a_counter() -> io::Result<()> {
    use rustix::event::{EventfdFlags, eventfd};

    // A semaphore: each read takes one, and a single write (one event) posts eight.
    let counter = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::SEMAPHORE)?;
    let fd = Arc::new(AsyncFd::new(counter)?);
    let take = || {
        let fd = Arc::clone(&fd);
        async move {
            let read = |fd: &OwnedFd| Ok(rustix::io::read(fd, &mut [0; 8])?);
            fd.async_io(Interest::READABLE, read).await
        }
    };
    let post = || Ok(rustix::io::write(fd.get_ref(), &8_u64.to_ne_bytes()).map(drop)?);
    assert_eq!(all_wait_for(8, take, post).await?, [8; 8]);
    Ok(())
}

#[heist::test]
async fn readiness_lasts_until_an_operation_would_block() -> io::Result<()> {
    let (ours, mut theirs) = unix_pair()?;
    let fd = AsyncFd::new(ours)?;
    // It counts as ready until an attempt has shown the opposite.
    while let Some(guard) = poll_once(fd.readable()).await {
        assert!(guard?.try_io(|fd| read_byte(fd.get_ref())).is_err());
    }
    let nothing = fd.try_io(Interest::READABLE, read_byte).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);

    theirs.write_all(b"ab")?;
    fd.readable().await?;
    // Two bytes by one event: after the first read the descriptor is still ready.
    assert_eq!(fd.try_io(Interest::READABLE, read_byte)?, b'a');
    let mut guard = fd.readable().await?;
    assert_eq!(
        guard
            .try_io(|fd| read_byte(fd.get_ref()))
            .expect("a byte is there")?,
        b'b'
    );
    assert!(guard.try_io(|fd| read_byte(fd.get_ref())).is_err());
    let nothing = fd.try_io(Interest::READABLE, read_byte).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    Ok(())
}

#[heist::test]
async fn a_descriptor_taken_out_can_be_registered_again() -> io::Result<()> {
    let (ours, mut theirs) = unix_pair()?;
    let mut ours = AsyncFd::new(ours)?.into_inner();
    for byte in [b'a', b'b'] {
        let fd = AsyncFd::new(ours)?;
        {
            let mut read = pin!(fd.async_io(Interest::READABLE, read_byte));
            assert!(poll_once(&mut read).await.is_none());
            theirs.write_all(&[byte])?;
            assert_eq!(read.await?, byte);
        }
        ours = fd.into_inner();
    }
    Ok(())
}

// For `poll(2)` it is always ready instead.
#[cfg(all(target_os = "linux", not(polling_test_poll_backend)))]
#[heist::test]
async fn a_file_that_is_always_ready_is_refused() -> io::Result<()> {
    // Regular files have no readiness, and epoll refuses them.
    let file = std::fs::File::open(std::env::current_exe()?)?;
    assert!(AsyncFd::new(file).is_err());
    Ok(())
}

#[test]
fn outside_a_runtime_there_is_an_error() -> io::Result<()> {
    let (ours, _theirs) = unix_pair()?;
    assert!(AsyncFd::new(ours).is_err());
    Ok(())
}

#[test]
fn a_descriptor_outlives_its_runtime_with_an_error() -> io::Result<()> {
    let (ours, _theirs) = unix_pair()?;
    let runtime = heist::runtime::Runtime::new()?;
    let fd = runtime.block_on(async { AsyncFd::new(ours) })?;
    drop(runtime);
    assert!(block_on(fd.async_io(Interest::READABLE, read_byte)).is_err());
    Ok(())
}
