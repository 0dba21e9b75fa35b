//! Libraries written for tokio, as they come from the registry, on heist.

use axum::{Json, Router, extract::Path, routing::get};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::codec::{Framed, LinesCodec};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

#[test]
fn there_is_one_tokio_and_it_is_this_one() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // What the registry's does not have.
    let inside = runtime.block_on(async { heist::runtime::Handle::current().id() });
    assert_eq!(inside, runtime.handle().heist().id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_task_that_blocks_does_not_stop_the_others() {
    let (_release, blocked) = std::sync::mpsc::channel::<()>();
    tokio::spawn(async move { drop(blocked.recv()) });
    // On the same worker, with its timers.
    let timed = tokio::spawn(sleep(Duration::from_millis(5)));
    timed.await.unwrap();
}

#[tokio::test]
async fn an_axum_server_and_a_reqwest_client_talk() {
    let app = Router::new().route(
        "/double/{number}",
        get(|Path(number): Path<u64>| async move { Json(json!({ "double": 2 * number })) }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let until = async move { drop(stopped.await) };
        axum::serve(listener, app).with_graceful_shutdown(until).await
    });
    let client = reqwest::Client::new();
    for number in [1, 21] {
        let url = format!("http://{addr}/double/{number}");
        let answer: Value = client.get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer, json!({ "double": 2 * number }));
    }
    drop(client);
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn towers_timeout_and_buffer_work() {
    let slow = service_fn(|millis: u64| async move {
        sleep(Duration::from_millis(millis)).await;
        Ok::<_, tower::BoxError>(millis)
    });
    let mut service = ServiceBuilder::new()
        .buffer(4)
        .concurrency_limit(2)
        .timeout(Duration::from_secs(5))
        .service(slow);
    assert_eq!(service.ready().await.unwrap().call(1).await.unwrap(), 1);
    let mut hasty = ServiceBuilder::new().timeout(Duration::from_millis(1)).service(slow);
    let late = hasty.ready().await.unwrap().call(60_000).await.unwrap_err();
    assert!(late.is::<tower::timeout::error::Elapsed>());
}

#[tokio::test]
async fn codecs_and_streams_work() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let mut connections = TcpListenerStream::new(listener);
        let mut lines = Framed::new(connections.next().await.unwrap().unwrap(), LinesCodec::new());
        while let Some(line) = lines.next().await {
            lines.send(line.unwrap().to_uppercase()).await.unwrap();
        }
    });
    let mut lines = Framed::new(TcpStream::connect(addr).await.unwrap(), LinesCodec::new());
    lines.send("hello").await.unwrap();
    assert_eq!(lines.next().await.unwrap().unwrap(), "HELLO");
    drop(lines);
    server.await.unwrap();
}
