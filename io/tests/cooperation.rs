//! Streams that are always ready let other tasks run: a time limit around them is noticed.

use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::StreamExt;
use futures_lite::io::{AssertAsync, BufReader, BufWriter, Cursor};
use heist_io::cooperative::{
    AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, copy, empty, repeat, sink,
};
use heist_io::{AsyncReadNumbersExt, AsyncWriteNumbersExt, LinesExt};
use heist_runtime::time::{Duration, timeout};
use heist_runtime::{Builder, spawn};
use std::future::Future;
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{process, thread};

/// A foreign stream that is always ready, and does not know the budget.
struct Ready;

impl AsyncRead for Ready {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        buf.fill(b'\n');
        Poll::Ready(Ok(buf.len().min(1)))
    }
}

impl AsyncWrite for Ready {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buf.len().min(1)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Ends the process if the future, which never ends by itself, is not interrupted: the test itself
/// cannot be interrupted any more.
#[track_caller]
fn is_interrupted<F>(what: &'static str, endless: F)
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let (done, end) = std::sync::mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        if end.recv_timeout(Duration::from_secs(30))
            == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            eprintln!("{what} holds its worker");
            process::exit(1);
        }
    });
    let rt = Builder::new().worker_threads(1).build().unwrap();
    // In a task, beside another future; and without a task.
    let both = async move {
        let limited = spawn(timeout(Duration::from_millis(20), endless));
        spawn(async {}).await.unwrap();
        assert!(limited.await.unwrap().is_err(), "{what}");
    };
    rt.block_on(both);
    drop(done);
    watchdog.join().unwrap();
}

macro_rules! endless {
    ($($step:tt)*) => {
        async move {
            loop {
                $($step)*
            }
        }
    };
}

#[test]
fn copies_are_interrupted() {
    is_interrupted("copy", async { copy(repeat(1), sink()).await.map(drop) });
    is_interrupted("copy of others' streams", async {
        copy(Ready, Ready).await.map(drop)
    });
    is_interrupted("futures-lite's copy", async {
        futures_lite::io::copy(repeat(1), sink()).await.map(drop)
    });
}

#[test]
fn reads_are_interrupted() {
    let mut bytes = [0; 4];
    is_interrupted("read", endless! { repeat(1).read(&mut bytes).await?; });
    is_interrupted(
        "read of nothing",
        endless! { empty().read(&mut bytes).await?; },
    );
    is_interrupted(
        "read_exact",
        endless! { Ready.read_exact(&mut bytes).await?; },
    );
    is_interrupted("read of a cursor at its end", {
        let mut cursor = Cursor::new([0; 4]);
        endless! { cursor.read(&mut bytes).await?; }
    });
    is_interrupted(
        "read of std's",
        endless! { AssertAsync::new(io::repeat(1)).read(&mut bytes).await?; },
    );
    is_interrupted("read_to_end", async {
        // One byte at a time, so not many.
        Ready.read_to_end(&mut Vec::new()).await.map(drop)
    });
    is_interrupted("read_u32", endless! { Ready.read_u32().await?; });
    is_interrupted("bytes", async {
        let mut bytes = repeat(1).bytes();
        while bytes.next().await.is_some() {}
        Ok(())
    });
    is_interrupted(
        "take",
        endless! { repeat(1).take(0).read(&mut bytes).await?; },
    );
    is_interrupted(
        "chain",
        endless! { Ready.chain(Ready).read(&mut bytes).await?; },
    );
    is_interrupted("boxed_reader", {
        let mut reader = Ready.boxed_reader();
        endless! { reader.read(&mut bytes).await?; }
    });
}

#[test]
fn buffered_reads_are_interrupted() {
    is_interrupted("fill_buf", {
        let mut reader = BufReader::new(Ready);
        endless! { reader.fill_buf().await?; }
    });
    is_interrupted("lines", async {
        let mut lines = BufReader::new(Ready).lines();
        while lines.next().await.is_some() {}
        Ok(())
    });
    is_interrupted("next_line", {
        let mut lines = BufReader::new(Ready).lines();
        endless! { lines.next_line().await?; }
    });
    is_interrupted("split", async {
        let mut parts = BufReader::new(Ready).split(b'\n');
        while parts.next().await.is_some() {}
        Ok(())
    });
    is_interrupted("read_line", {
        let (mut reader, mut line) = (BufReader::new(Ready), String::new());
        endless! { line.clear(); reader.read_line(&mut line).await?; }
    });
    is_interrupted("read_until", {
        let mut reader = BufReader::new(Ready);
        // A delimiter that never appears.
        endless! { reader.read_until(b'x', &mut Vec::new()).await?; }
    });
    is_interrupted("seek", {
        let mut cursor = Cursor::new([0; 4]);
        endless! { cursor.seek(SeekFrom::Start(1)).await?; }
    });
}

#[test]
fn writes_are_interrupted() {
    is_interrupted("write", endless! { sink().write(b"some").await?; });
    is_interrupted("write_all", endless! { Ready.write_all(b"some").await?; });
    is_interrupted("write_u32", endless! { Ready.write_u32(7).await?; });
    is_interrupted("write to a buffer", {
        let mut writer = BufWriter::new(Ready);
        endless! { writer.write_all(b"some").await?; }
    });
    is_interrupted("flush", endless! { sink().flush().await?; });
    is_interrupted("close", endless! { Ready.close().await?; });
    is_interrupted("a half", {
        struct Both;
        let (_reader, mut writer) = futures_lite::io::split(Ready);
        let _ = Both;
        endless! { writer.write_all(b"some").await?; }
    });
}

/// A stream that spends the budget itself is not charged twice.
#[test]
fn a_unit_is_spent_once() {
    use heist_io::cooperative::Cooperative;
    use std::future::poll_fn;

    fn steps(mut reader: impl AsyncRead + Unpin, cx: &mut Context<'_>) -> usize {
        let mut buf = [0];
        let mut steps = 0;
        while Pin::new(&mut reader).poll_read(cx, &mut buf).is_ready() {
            steps += 1;
        }
        steps
    }
    let rt = Builder::new().worker_threads(1).build().unwrap();
    let task = rt.spawn(async {
        let once = poll_fn(|cx| Poll::Ready(steps(Cooperative::new(Ready), cx)));
        let once = once.await;
        heist_runtime::task::yield_now().await;
        let twice = poll_fn(|cx| {
            let wrapped = Cooperative::new(Cooperative::new(Ready));
            Poll::Ready(steps(wrapped, cx))
        });
        (once, twice.await)
    });
    let (once, twice) = rt.block_on(task).unwrap();
    assert!(once > 1);
    assert_eq!(once, twice);
}
