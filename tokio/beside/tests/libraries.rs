//! Unmodified libraries that need tokio's runtime, in heist's tasks.

use axum::Router;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use heist::stream;
use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::{Service, ServiceBuilder, ServiceExt};

type Failure = Box<dyn Error + Send + Sync>;

/// Sends a plain request, and reads until the end of the connection or until the text has arrived.
async fn ask(address: std::net::SocketAddr, path: &str, until: &str) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: me\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let (mut answer, mut buf) = (String::new(), [0; 1024]);
    while !answer.contains(until) {
        match stream.read(&mut buf).await? {
            0 => break,
            len => answer.push_str(std::str::from_utf8(&buf[..len])?),
        }
    }
    Ok(answer)
}

#[heist::test(tokio)]
async fn axums_own_serve_with_events_that_are_kept_alive() -> Result<(), Failure> {
    let app = Router::new()
        .route(
            "/",
            get(async || heist::spawn(async { "hello" }).await.unwrap()),
        )
        .route(
            "/events",
            get(async || {
                let silent = stream::pending::<Result<Event, Infallible>>();
                let every = KeepAlive::new()
                    .interval(Duration::from_millis(5))
                    .text("still here");
                Sse::new(silent).keep_alive(every)
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = heist::sync::oneshot::channel::<()>();
    let server = axum::serve(listener, app).with_graceful_shutdown(async { drop(stopped.await) });
    let server = heist::spawn(server.into_future());
    assert!(ask(address, "/", "hello").await?.contains("hello"));
    assert!(
        ask(address, "/events", "still here")
            .await?
            .contains("still here")
    );
    stop.send(()).unwrap();
    server.await??;
    Ok(())
}

#[heist::test(tokio)]
async fn towers_buffer_and_timeout() -> Result<(), Failure> {
    let hour = Duration::from_secs(3600);
    let service = |timeout| {
        ServiceBuilder::new()
            .buffer(4)
            .timeout(timeout)
            .service_fn(async |wait: Duration| {
                heist::time::sleep(wait).await;
                Ok::<_, Failure>("done")
            })
    };
    let (mut patient, mut hasty) = (service(hour), service(Duration::from_millis(5)));
    let answer = patient.ready().await?.call(Duration::ZERO).await?;
    assert_eq!(answer, "done");
    let late = hasty.ready().await?.call(hour).await;
    assert!(late.unwrap_err().is::<tower::timeout::error::Elapsed>());
    Ok(())
}
