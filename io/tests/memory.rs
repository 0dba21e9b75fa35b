//! Streams in memory.

use futures_lite::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use heist_io::{AsyncReadNumbersExt, AsyncWriteNumbersExt, LinesExt, duplex};
use heist_runtime::{Builder, Runtime, spawn};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::pin;
use std::ptr;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

fn run<R>(test: impl Future<Output = R>) -> R {
    Runtime::new().unwrap().block_on(test)
}

#[test]
fn a_writer_waits_for_room_and_a_reader_for_bytes() {
    run(async {
        let (mut near, mut far) = duplex(4);
        let contents: Vec<u8> = (0..10_000).map(|n| n as u8).collect();
        let sent = contents.clone();
        let writer = spawn(async move {
            near.write_all(&sent).await.unwrap();
            near.close().await.unwrap();
            near
        });
        let mut received = Vec::new();
        far.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, contents);
        // The other direction is still open.
        let mut near = writer.await.unwrap();
        far.write_all(b"back").await.unwrap();
        let mut back = [0; 4];
        near.read_exact(&mut back).await.unwrap();
        assert_eq!(&back, b"back");
    });
}

#[test]
fn no_more_is_held_than_the_limit() {
    run(async {
        let (mut near, _far) = duplex(4);
        assert_eq!(near.write(b"123456").await.unwrap(), 4);
        let more = pin!(near.write(b"5")).poll(&mut Context::from_waker(Waker::noop()));
        assert!(more.is_pending());
    });
}

#[test]
fn each_end_sees_that_the_other_is_gone() {
    run(async {
        let (mut near, mut far) = duplex(16);
        near.write_all(b"last words").await.unwrap();
        let waiting = spawn(async move {
            let mut text = String::new();
            far.read_to_string(&mut text).await.unwrap();
            (text, far.write(b"x").await.unwrap_err().kind())
        });
        drop(near);
        let (text, error) = waiting.await.unwrap();
        assert_eq!(text, "last words");
        assert_eq!(error, ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_stream_that_is_always_ready_lets_others_run() {
    let runtime = Builder::new().worker_threads(1).build().unwrap();
    runtime.block_on(async {
        let (mut near, mut far) = duplex(16);
        let polls = spawn(async move {
            let mut polls = 0;
            let mut both = pin!(async {
                for _ in 0..10_000 {
                    near.write_all(b"x").await.unwrap();
                    far.read_exact(&mut [0]).await.unwrap();
                }
            });
            poll_fn(|cx| {
                polls += 1;
                both.as_mut().poll(cx)
            })
            .await;
            polls
        });
        // Each poll may use the whole budget, for writes and reads.
        assert!(polls.await.unwrap() > 100);
    });
}

#[test]
fn numbers_come_back_as_they_were_written() {
    run(async {
        let (mut near, mut far) = duplex(3);
        let writer = spawn(async move {
            near.write_u8(1).await?;
            near.write_i16(-2).await?;
            near.write_u32_le(3).await?;
            near.write_i128(-4).await?;
            near.write_f64_le(0.5).await?;
            near.write_u16(6).await
        });
        assert_eq!(far.read_u8().await.unwrap(), 1);
        assert_eq!(far.read_i16().await.unwrap(), -2);
        assert_eq!(far.read_u32_le().await.unwrap(), 3);
        assert_eq!(far.read_i128().await.unwrap(), -4);
        assert_eq!(far.read_f64_le().await.unwrap(), 0.5);
        assert_eq!(far.read_u8().await.unwrap(), 0);
        let error = far.read_u32().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        writer.await.unwrap().unwrap();
    });
}

#[test]
fn lines_can_be_awaited_one_by_one() {
    run(async {
        let (mut near, far) = duplex(8);
        let writer = spawn(async move { near.write_all("one\r\n\nthrée".as_bytes()).await });
        let mut lines = BufReader::new(far).lines();
        let mut seen = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            seen.push(line);
        }
        assert_eq!(seen, ["one", "", "thrée"]);
        writer.await.unwrap().unwrap();
    });
}

/// A waker that reads from the stream it is woken for: it must be woken outside the lock.
#[test]
fn a_waker_may_use_the_stream() {
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    struct Reads(Mutex<Option<(heist_io::DuplexStream, usize)>>);
    impl Wake for Reads {
        fn wake(self: Arc<Self>) {
            let mut slot = self.0.lock().unwrap();
            let (stream, read) = slot.as_mut().unwrap();
            let mut buf = [0; 8];
            let mut cx = Context::from_waker(Waker::noop());
            if let Poll::Ready(Ok(n)) = pin!(stream.read(&mut buf)).poll(&mut cx) {
                *read += n;
            }
        }
    }

    let (near, mut far) = duplex(8);
    let waker = Arc::new(Reads(Mutex::new(None)));
    let mut near = near;
    let cx_waker = Waker::from(waker.clone());
    let mut cx = Context::from_waker(&cx_waker);
    assert!(pin!(near.read(&mut [0])).poll(&mut cx).is_pending());
    *waker.0.lock().unwrap() = Some((near, 0));
    let write = pin!(far.write(b"12345")).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(write, Poll::Ready(Ok(5))));
    assert_eq!(waker.0.lock().unwrap().as_ref().unwrap().1, 5);
}

/// A waker that drops the other end: a task without budget must also be woken without the lock.
#[test]
fn a_waker_may_drop_the_stream_when_the_budget_is_used_up() {
    use heist_runtime::task::poll_proceed;
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    struct Drops(Mutex<Option<heist_io::DuplexStream>>);
    impl Wake for Drops {
        fn wake(self: Arc<Self>) {
            drop(self.0.lock().unwrap().take());
        }
    }

    let task = async {
        let (mut near, far) = duplex(4);
        let waker = Waker::from(Arc::new(Drops(Mutex::new(Some(far)))));
        let mut buf = [0; 4];
        {
            let mut nobody = Context::from_waker(Waker::noop());
            while let Poll::Ready(progress) = poll_proceed(&mut nobody) {
                progress.made();
            }
            let refused = pin!(near.read(&mut buf)).poll(&mut Context::from_waker(&waker));
            assert!(refused.is_pending());
        }
        assert_eq!(near.read(&mut buf).await.unwrap(), 0);
    };
    run(async { spawn(task).await.unwrap() });
}

thread_local! {
    /// The action of the next clone of a waker of `with_clone`.
    static ON_CLONE: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

/// Returns a waker whose first clone runs `act`.
fn with_clone(act: impl FnOnce() + 'static) -> Waker {
    static TABLE: RawWakerVTable = RawWakerVTable::new(clone, |_| (), |_| (), |_| ());
    fn clone(_: *const ()) -> RawWaker {
        if let Some(act) = ON_CLONE.take() {
            act();
        }
        RawWaker::new(ptr::null(), &TABLE)
    }
    ON_CLONE.set(Some(Box::new(act)));
    // SAFETY: it has no data, and its functions may be called on any thread.
    unsafe { Waker::from_raw(RawWaker::new(ptr::null(), &TABLE)) }
}

#[test]
fn wakers_are_cloned_without_a_lock() {
    run(async {
        let (mut near, mut far) = duplex(4);
        let write = move || {
            let written = pin!(far.write(b"x")).poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(written, Poll::Ready(Ok(1))));
        };
        let waker = with_clone(write);
        let mut buf = [0; 4];
        let read = pin!(near.read(&mut buf)).poll(&mut Context::from_waker(&waker));
        assert!(matches!(read, Poll::Ready(Ok(1))));
    });
}
