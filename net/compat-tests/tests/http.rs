//! HTTP with hyper, on heist's streams, executor and timer.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use heist::hyper::{FuturesIo, HeistExecutor, HeistTimer, handshake};
use heist::net::{TcpListener, TcpStream, serve};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};

/// Sends a request's body back, after its path.
async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let mut answer = request.uri().path().as_bytes().to_vec();
    answer.extend(request.into_body().collect().await?.to_bytes());
    Ok(Response::new(Full::new(answer.into())))
}

async fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn request(path: &str, body: Vec<u8>) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", "localhost")
        .body(Full::new(body.into()))
        .unwrap()
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[heist::test]
async fn http1_keeps_a_connection_for_many_requests() -> Result<(), Failure> {
    let (listener, address) = listen().await?;
    let client = async {
        let stream = TcpStream::connect(address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
        let connection = heist::spawn(connection);
        for size in [0, 1, 1000, 1 << 20] {
            sender.ready().await?;
            let response = sender.send_request(request("/path", vec![7; size])).await?;
            assert_eq!(response.status(), 200);
            let body = response.into_body().collect().await?.to_bytes();
            assert_eq!(&body[..5], b"/path");
            assert!(body[5..].iter().all(|byte| *byte == 7) && body.len() == size + 5);
        }
        drop(sender);
        connection.await??;
        Ok::<_, Failure>(())
    };
    let mut outcome = Ok(());
    let report = serve(listener, |stream, _| {
        http1::Builder::new()
            .timer(HeistTimer::new())
            .serve_connection(stream, service_fn(echo))
    })
    .until(async { outcome = client.await })
    .await?;
    outcome?;
    assert_eq!((report.accepted, report.completed), (1, 1));
    Ok(())
}

/// heist's own streams need no `FuturesIo`, but serve here as streams to wrap.
#[heist::test]
async fn streams_of_futures_io_carry_requests_in_both_versions() -> Result<(), Failure> {
    let (listener, address) = listen().await?;
    let client = async {
        let stream = FuturesIo::new(TcpStream::connect(address).await?);
        let (mut http1, connection) = hyper::client::conn::http1::handshake(stream).await?;
        let first = heist::spawn(connection);
        let stream = FuturesIo::new(TcpStream::connect(address).await?);
        let builder = hyper::client::conn::http2::Builder::new(HeistExecutor::new());
        let (mut http2, connection) = builder.handshake(stream).await?;
        let second = heist::spawn(connection);
        // More than the sockets' buffers hold.
        let sent = vec![7; 3 << 20];
        let one = http1.send_request(request("/path", sent.clone())).await?;
        let other = request("http://localhost/path", sent);
        let other = http2.send_request(other).await?;
        for response in [one, other] {
            let body = response.into_body().collect().await?.to_bytes();
            assert_eq!(&body[..5], b"/path");
            assert!(body[5..].iter().all(|byte| *byte == 7) && body.len() == (3 << 20) + 5);
        }
        drop((http1, http2));
        first.await??;
        second.await??;
        Ok::<_, Failure>(())
    };
    let mut outcome = Ok(());
    let listener = handshake(listener, async |stream| Ok(FuturesIo::new(stream)));
    let report = heist::hyper::serve(listener, service_fn(echo))
        .until(async { outcome = client.await })
        .await?;
    outcome?;
    assert_eq!((report.accepted, report.completed), (2, 2));
    Ok(())
}

#[heist::test]
async fn http2_carries_requests_side_by_side() -> Result<(), Failure> {
    let (listener, address) = listen().await?;
    let client = async {
        let stream = TcpStream::connect(address).await?;
        let builder = hyper::client::conn::http2::Builder::new(HeistExecutor::new());
        let (sender, connection) = builder.handshake(stream).await?;
        heist::spawn(connection);
        let requests: Vec<_> = (0..50)
            .map(|n| {
                let mut sender = sender.clone();
                heist::spawn(async move {
                    let path = format!("http://localhost/{n}");
                    let response = sender.send_request(request(&path, vec![n; 10_000])).await?;
                    response
                        .into_body()
                        .collect()
                        .await
                        .map(|body| body.to_bytes())
                })
            })
            .collect();
        for (n, answer) in requests.into_iter().enumerate() {
            let answer = answer.await??;
            assert!(answer.starts_with(format!("/{n}").as_bytes()));
            assert!(answer.ends_with(&[n as u8; 10_000]));
        }
        Ok::<_, Failure>(())
    };
    let mut outcome = Ok(());
    serve(listener, |stream, _| {
        http2::Builder::new(HeistExecutor::new())
            .timer(HeistTimer::new())
            .serve_connection(stream, service_fn(echo))
    })
    .until(async { outcome = client.await })
    .drain(Duration::ZERO)
    .await?;
    outcome
}

#[heist::test]
async fn a_client_that_never_sends_its_headers_is_disconnected() -> Result<(), Failure> {
    let (listener, address) = listen().await?;
    let client = async {
        let slow = TcpStream::connect(address).await?;
        slow.write(b"GET / HT").await?;
        // The end of the stream, perhaps after a response that says why.
        let mut buf = [0; 1024];
        while slow.read(&mut buf).await? > 0 {}
        io::Result::Ok(())
    };
    let mut outcome = Ok(());
    let report = serve(listener, |stream, _| {
        http1::Builder::new()
            .timer(HeistTimer::new())
            .header_read_timeout(Duration::from_millis(50))
            .serve_connection(stream, service_fn(echo))
    })
    .on_failure(|_| {})
    .until(async { outcome = client.await })
    .await?;
    outcome?;
    assert_eq!((report.accepted, report.failed), (1, 1));
    Ok(())
}

#[heist::test]
async fn a_graceful_shutdown_ends_a_connection_after_its_request() -> Result<(), Failure> {
    let (listener, address) = listen().await?;
    let server = heist::spawn(async move {
        let (stream, _) = listener.accept().await?;
        let service = service_fn(async |_| {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("done"))))
        });
        let mut connection = Box::pin(http1::Builder::new().serve_connection(stream, service));
        // As in a server that shuts down while a request is in progress.
        connection.as_mut().graceful_shutdown();
        connection.await?;
        Ok::<_, Failure>(())
    });
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    heist::spawn(connection);
    if let Ok(response) = sender.send_request(request("/", Vec::new())).await {
        assert_eq!(response.into_body().collect().await?.to_bytes(), "done");
    }
    server.await?
}

#[heist::test]
async fn curl_is_served() -> Result<(), Failure> {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("skipped: no curl on this machine");
        return Ok(());
    }
    let (listener, address) = listen().await?;
    let curl = heist::spawn_blocking(move || {
        let url = format!("http://{address}");
        // Two requests over one connection.
        Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--max-time",
                "20",
                "--data",
                "hello",
            ])
            .args([format!("{url}/one"), format!("{url}/two")])
            .output()
    });
    let mut output = None;
    let report = serve(listener, |stream, _| {
        http1::Builder::new().serve_connection(stream, service_fn(echo))
    })
    .until(async { output = Some(curl.await) })
    .await?;
    let output = output.unwrap()??;
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "/onehello/twohello",
        "{output:?}"
    );
    assert_eq!(report.accepted, 1);
    Ok(())
}
