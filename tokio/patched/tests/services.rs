//! tower, tokio-util, tokio-stream.

use futures_util::SinkExt;
use std::io::{Read, Write};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::time::sleep;
use tokio_stream::wrappers::{BroadcastStream, IntervalStream, ReceiverStream, TcpListenerStream};
use tokio_stream::{StreamExt, StreamMap};
use tokio_util::bytes::Bytes;
use tokio_util::codec::{Framed, LengthDelimitedCodec, LinesCodec};
use tokio_util::io::{ReaderStream, StreamReader, SyncIoBridge};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{LocalPoolHandle, TaskTracker};
use tokio_util::time::DelayQueue;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn towers_buffer_timeout_and_limits() {
    let slow = service_fn(|millis: u64| async move {
        sleep(Duration::from_millis(millis)).await;
        Ok::<_, tower::BoxError>(millis)
    });
    let mut service = ServiceBuilder::new()
        .buffer(4)
        .concurrency_limit(2)
        .timeout(Duration::from_secs(50))
        .service(slow);
    assert_eq!(service.ready().await.unwrap().call(1).await.unwrap(), 1);

    let mut hasty = ServiceBuilder::new()
        .timeout(Duration::from_millis(1))
        .service(slow);
    let late = hasty
        .ready()
        .await
        .unwrap()
        .call(600_000)
        .await
        .unwrap_err();
    assert!(late.is::<tower::timeout::error::Elapsed>());

    let pause = Duration::from_millis(20);
    let mut rare = ServiceBuilder::new().rate_limit(1, pause).service(slow);
    let begun = Instant::now();
    for _ in 0..3 {
        rare.ready().await.unwrap().call(0).await.unwrap();
    }
    assert!(begun.elapsed() >= 2 * pause);
}

/// Returns one end of a connection whose other end sends each line back in capitals.
async fn shouting() -> Framed<TcpStream, LinesCodec> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut connections = TcpListenerStream::new(listener);
        let mut lines = Framed::new(
            connections.next().await.unwrap().unwrap(),
            LinesCodec::new(),
        );
        while let Some(line) = lines.next().await {
            lines.send(line.unwrap().to_uppercase()).await.unwrap();
        }
    });
    Framed::new(TcpStream::connect(addr).await.unwrap(), LinesCodec::new())
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn tokio_utils_codecs_over_sockets_and_memory() {
    let mut lines = shouting().await;
    lines.send("hello").await.unwrap();
    assert_eq!(lines.next().await.unwrap().unwrap(), "HELLO");

    let (here, there) = tokio::io::duplex(16);
    let mut sender = Framed::new(here, LengthDelimitedCodec::new());
    let mut receiver = Framed::new(there, LengthDelimitedCodec::new());
    let sent = Bytes::from(vec![7; 1000]);
    let (sending, received) = tokio::join!(sender.send(sent.clone()), receiver.next());
    sending.unwrap();
    assert_eq!(received.unwrap().unwrap(), sent);
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn tokio_utils_bridges_tokens_queues_and_pools() {
    let chunks = ReaderStream::with_capacity(&b"as a stream, and back"[..], 4);
    let mut text = String::new();
    StreamReader::new(chunks)
        .read_to_string(&mut text)
        .await
        .unwrap();
    assert_eq!(text, "as a stream, and back");

    let (here, mut there) = tokio::io::duplex(16);
    let mut blocking = SyncIoBridge::new(here);
    let asked = tokio::task::spawn_blocking(move || {
        blocking.write_all(b"from a thread").unwrap();
        blocking.shutdown().unwrap();
        let mut answer = String::new();
        blocking.read_to_string(&mut answer).unwrap();
        answer
    });
    let mut question = String::new();
    there.read_to_string(&mut question).await.unwrap();
    assert_eq!(question, "from a thread");
    drop(there);
    assert_eq!(asked.await.unwrap(), "");

    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    for _ in 0..10 {
        let token = token.clone();
        tracker.spawn(async move { token.cancelled().await });
    }
    token.cancel();
    tracker.close();
    tracker.wait().await;

    let mut queue = DelayQueue::new();
    queue.insert("later", Duration::from_millis(200));
    queue.insert("sooner", Duration::from_millis(1));
    assert_eq!(queue.next().await.unwrap().into_inner(), "sooner");
    assert_eq!(queue.next().await.unwrap().into_inner(), "later");

    let pinned = LocalPoolHandle::new(1).spawn_pinned(|| async {
        let here = std::rc::Rc::new(1);
        tokio::task::yield_now().await;
        *here
    });
    assert_eq!(pinned.await.unwrap(), 1);
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn tokio_streams_wrappers_and_adapters() {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let (shouter, heard) = broadcast::channel(4);
    let ticks = IntervalStream::new(tokio::time::interval(Duration::from_millis(1)));
    let sending = tokio::spawn(async move {
        for number in 0..10 {
            sender.send(number).await.unwrap();
        }
        shouter.send(10).unwrap();
    });
    let mut both = StreamMap::new();
    both.insert(
        "numbers",
        Box::pin(ReceiverStream::new(receiver)) as BoxStream,
    );
    both.insert(
        "last",
        Box::pin(BroadcastStream::new(heard).map(Result::unwrap)) as BoxStream,
    );
    let mut numbers: Vec<i32> = both.map(|(_, number)| number).collect().await;
    numbers.sort();
    assert_eq!(numbers, Vec::from_iter(0..=10));
    sending.await.unwrap();

    assert_eq!(ticks.take(3).collect::<Vec<_>>().await.len(), 3);
    let never = tokio_stream::pending::<()>().timeout(Duration::from_millis(1));
    assert!(std::pin::pin!(never).next().await.unwrap().is_err());
}

type BoxStream = std::pin::Pin<Box<dyn tokio_stream::Stream<Item = i32> + Send>>;
