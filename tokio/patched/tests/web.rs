//! axum, tower-http, hyper-util, reqwest, tokio-tungstenite; and as independent clients, curl and a
//! browser.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Html;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{SinkExt, StreamExt, TryStreamExt};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tower_http::services::ServeDir;
use tower_http::timeout::TimeoutLayer;

/// A server that runs until it is stopped.
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let until = async move { drop(stopped.await) };
            axum::serve(listener, app)
                .with_graceful_shutdown(until)
                .await
        });
        Self {
            address,
            stop,
            serving,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Stops the server; every connection ends after its current answer.
    async fn end(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap().unwrap();
    }
}

/// Returns the output of curl, or `None` if curl is not installed.
async fn curl(args: &[&str]) -> Option<Vec<u8>> {
    let mut command = Command::new("curl");
    command
        .args(["--silent", "--show-error", "--fail", "--max-time", "60"])
        .args(args);
    let Ok(output) = command.output().await else {
        println!("skipped in part: no curl");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {said}");
    Some(output.stdout)
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn axum_and_reqwest_speak_json_and_the_server_ends_in_order() {
    async fn double(Json(body): Json<Value>) -> Json<Value> {
        Json(json!({ "double": 2 * body["number"].as_u64().unwrap() }))
    }
    let server = Server::start(Router::new().route("/double", post(double))).await;
    let client = reqwest::Client::new();
    // By name, so that it is resolved; both requests use one connection.
    let url = format!("http://localhost:{}/double", server.address.port());
    for number in [1, 21] {
        let answer = client
            .post(&url)
            .json(&json!({ "number": number }))
            .send()
            .await
            .unwrap();
        assert_eq!(
            answer.json::<Value>().await.unwrap(),
            json!({ "double": 2 * number })
        );
    }
    let body = ["--json", r#"{"number": 4}"#, &server.url("/double")];
    if let Some(printed) = curl(&body).await {
        assert_eq!(printed, br#"{"double":8}"#);
    }
    // The client's connection is kept alive and idle.
    server.end().await;
    drop(client);
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn a_request_in_progress_is_answered_after_the_end_was_asked_for() {
    let (entered, mut has_entered) = mpsc::channel(1);
    let (release, released) = oneshot::channel::<&str>();
    let released = Arc::new(Mutex::new(Some(released)));
    let app = Router::new().route(
        "/",
        get(async move || {
            entered.send(()).await.unwrap();
            let released = released.lock().unwrap().take().unwrap();
            released.await.unwrap()
        }),
    );
    let server = Server::start(app).await;
    let asking = tokio::spawn(reqwest::get(server.url("/")));
    has_entered.recv().await.unwrap();
    let ending = tokio::spawn(server.end());
    release.send("at last").unwrap();
    assert_eq!(
        asking.await.unwrap().unwrap().text().await.unwrap(),
        "at last"
    );
    ending.await.unwrap();
}

#[cfg(not(beside))]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn axums_other_handlers_go_on_while_one_blocks() {
    let (release, blocked) = std::sync::mpsc::channel::<()>();
    let blocked = Arc::new(Mutex::new(blocked));
    let app = Router::new()
        .route(
            "/block",
            get(async move || blocked.lock().unwrap().recv().unwrap()),
        )
        .route("/release", get(async move || release.send(()).unwrap()))
        .route("/other", get(async || "still here"));
    let server = Server::start(app).await;
    let blocked = tokio::spawn(reqwest::get(server.url("/block")));
    // On the only worker.
    for _ in 0..10 {
        let other = reqwest::get(server.url("/other")).await.unwrap();
        assert_eq!(other.text().await.unwrap(), "still here");
    }
    reqwest::get(server.url("/release")).await.unwrap();
    assert_eq!(blocked.await.unwrap().unwrap().status(), 200);
    server.end().await;
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn axums_server_sent_events_are_kept_alive() {
    let (events, to_send) = mpsc::channel::<Event>(1);
    let to_send = Arc::new(Mutex::new(Some(to_send)));
    let app = Router::new().route(
        "/",
        get(async move || {
            let events = to_send.lock().unwrap().take().unwrap();
            let events = tokio_stream::wrappers::ReceiverStream::new(events);
            let keep_alive = KeepAlive::new().interval(Duration::from_millis(5));
            Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(keep_alive)
        }),
    );
    let server = Server::start(app).await;
    let mut body = reqwest::get(server.url("/")).await.unwrap().bytes_stream();
    let mut received = String::new();
    let mut until = async |what: &str| {
        while !received.contains(what) {
            let bytes: Bytes = body.try_next().await.unwrap().unwrap();
            received.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    };
    // Nothing has been sent yet.
    until(":\n\n:\n\n").await;
    events
        .send(Event::default().event("news").data("some"))
        .await
        .unwrap();
    until("event: news\ndata: some\n\n").await;
    drop((events, body));
    server.end().await;
}

async fn echo(upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(|mut socket: WebSocket| async move {
        while let Some(Ok(message)) = socket.next().await {
            if socket.send(message).await.is_err() {
                break;
            }
        }
    })
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn a_web_socket_between_axum_and_tungstenite() {
    let server = Server::start(Router::new().route("/socket", get(echo))).await;
    let url = format!("ws://{}/socket", server.address);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    for sent in [Message::text("hello"), Message::binary(vec![7; 100_000])] {
        socket.send(sent.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), sent);
    }
    socket.close(None).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
    server.end().await;
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn a_browsers_web_socket() {
    const PAGE: &str = "<script>
        const socket = new WebSocket(`ws://${location.host}/socket`);
        socket.onopen = () => socket.send('from a browser');
        socket.onmessage = message => fetch('/heard', { method: 'POST', body: message.data });
    </script>";
    let (heard, mut was_heard) = mpsc::channel::<String>(1);
    let app = Router::new()
        .route("/", get(async || Html(PAGE)))
        .route("/socket", get(echo))
        .route(
            "/heard",
            post(async |State(heard): State<mpsc::Sender<_>>, body: String| {
                heard.send(body).await.unwrap();
            }),
        )
        .with_state(heard);
    let server = Server::start(app).await;
    let profile = tempfile::tempdir().unwrap();
    let browser = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--remote-debugging-port=0", &server.url("/")])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let Ok(mut browser) = browser else {
        println!("skipped: no chromium");
        return;
    };
    tokio::select! {
        heard = was_heard.recv() => assert_eq!(heard.unwrap(), "from a browser"),
        ended = browser.wait() => panic!("the browser ended: {ended:?}"),
    }
    browser.kill().await.unwrap();
    server.end().await;
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn tower_https_serve_dir_sends_files() {
    let directory = tempfile::tempdir().unwrap();
    let contents: Vec<u8> = (0..1 << 20).map(|at: u32| (at % 251) as u8).collect();
    std::fs::write(directory.path().join("large"), &contents).unwrap();
    let app = Router::new().fallback_service(ServeDir::new(directory.path()));
    let server = Server::start(app).await;
    let answer = reqwest::get(server.url("/large")).await.unwrap();
    assert!(answer.bytes().await.unwrap() == contents);
    assert_eq!(
        reqwest::get(server.url("/none")).await.unwrap().status(),
        404
    );
    if let Some(printed) = curl(&["--range", "1000-1999", &server.url("/large")]).await {
        assert!(printed == contents[1000..2000]);
    }
    server.end().await;
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn a_timeout_layer_and_reqwests_timeout() {
    let late =
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(5));
    let app = Router::new()
        .route("/", get(std::future::pending::<()>).layer(late))
        .route("/never", get(std::future::pending::<()>));
    let server = Server::start(app).await;
    assert_eq!(reqwest::get(server.url("/")).await.unwrap().status(), 504);
    let request = reqwest::Client::new().get(server.url("/never"));
    let late = request
        .timeout(Duration::from_millis(5))
        .send()
        .await
        .unwrap_err();
    assert!(late.is_timeout());
    server.end().await;
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn hyper_utils_server_tells_http_1_from_http_2() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (stop, mut stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let version = async |request: axum::extract::Request| format!("{:?}", request.version());
        let service = TowerToHyperService::new(Router::new().route("/", get(version)));
        let (server, connections) = (
            auto::Builder::new(TokioExecutor::new()),
            GracefulShutdown::new(),
        );
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => TokioIo::new(accepted.unwrap().0),
                _ = &mut stopped => break,
            };
            let connection = server.serve_connection_with_upgrades(stream, service.clone());
            let connection = connections.watch(connection.into_owned());
            tokio::spawn(async move { drop(connection.await) });
        }
        connections.shutdown().await;
    });
    let second = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let first = reqwest::Client::new();
    for (client, version) in [(&first, "HTTP/1.1"), (&second, "HTTP/2.0")] {
        let answer = client.get(&url).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), version);
    }
    for (flag, version) in [
        ("--http1.1", "HTTP/1.1"),
        ("--http2-prior-knowledge", "HTTP/2.0"),
    ] {
        if let Some(printed) = curl(&[flag, &url]).await {
            assert_eq!(String::from_utf8(printed).unwrap(), version);
        }
    }
    // Both clients keep their connections.
    stop.send(()).unwrap();
    serving.await.unwrap();
}
