//! `heist::hyper::serve` and `heist::axum::serve`: connections that end when the server does.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use heist::hyper::{HeistConnector, HeistExecutor, HeistTimer, handshake, serve};
use heist::net::serve::Report;
use heist::net::{TcpListener, TcpStream};
use heist::sync::Notify;
use heist::time::timeout;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioIo;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

type Failure = Box<dyn Error + Send + Sync>;

/// Far longer than anything here takes; the limit for waiting in vain.
const LONG: Duration = Duration::from_secs(60);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from("hello"))))
}

async fn listen() -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Reads until the server closes the connection.
async fn rest(stream: &TcpStream) -> std::io::Result<Vec<u8>> {
    let (mut all, mut buf) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut buf).await? {
            0 => return Ok(all),
            len => all.extend_from_slice(&buf[..len]),
        }
    }
}

/// Awaits the server's end, for less than its drain deadline: no connection may delay it.
async fn ended<E: Into<Failure>>(
    server: impl Future<Output = Result<Report, E>>,
) -> Result<Report, Failure> {
    timeout(LONG, server).await?.map_err(Into::into)
}

#[heist::test]
async fn idle_connections_end_at_once() -> Result<(), Failure> {
    let (listener, address) = listen().await?;
    let (stop, stopped) = heist::sync::oneshot::channel::<()>();
    let server = serve(listener, service_fn(hello))
        .on_failure(|failure| panic!("{failure}"))
        .until(stopped)
        .drain(10 * LONG);
    let stats = server.stats();
    let server = heist::spawn(server.into_future());

    // One that has received a response, over HTTP/1 and over HTTP/2; one that has sent nothing, and
    // one that has sent a part of HTTP/2's preface.
    let answered = TcpStream::connect(address).await?;
    answered
        .write(b"GET / HTTP/1.1\r\nhost: me\r\n\r\n")
        .await?;
    assert!(answered.read(&mut [0; 4096]).await? > 0);
    let stream = TcpStream::connect(address).await?;
    let http2 = hyper::client::conn::http2::Builder::new(HeistExecutor::new());
    let (mut sender, connection) = http2.handshake(stream).await?;
    let connection = heist::spawn(connection);
    let request = Request::get("http://localhost/").body(Empty::<Bytes>::new())?;
    sender
        .send_request(request)
        .await?
        .into_body()
        .collect()
        .await?;
    let silent = TcpStream::connect(address).await?;
    let parked = TcpStream::connect(address).await?;
    parked.write(&PREFACE[..10]).await?;
    while stats.active() < 4 {
        heist::task::yield_now().await;
    }

    stop.send(()).unwrap();
    let report = ended(async { server.await.unwrap() }).await?;
    assert_eq!((report.completed, report.cancelled), (4, 0), "{report}");
    assert!(rest(&answered).await?.is_empty());
    connection.await??;
    for unused in [silent, parked] {
        // It may end with a reset, since the bytes it sent have not been read.
        let _ = rest(&unused).await;
    }
    Ok(())
}

#[heist::test]
async fn a_request_in_progress_gets_its_response_before_the_end() -> Result<(), Failure> {
    let (listener, address) = listen().await?;
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (begun, go_on) = (begun.clone(), go_on.clone());
        service_fn(move |request| {
            let (begun, go_on) = (begun.clone(), go_on.clone());
            async move {
                begun.notify_one();
                go_on.notified().await;
                hello(request).await
            }
        })
    };
    let client = heist::spawn(async move {
        let stream = TcpStream::connect(address).await?;
        stream.write(b"GET / HTTP/1.1\r\nhost: me\r\n\r\n").await?;
        rest(&stream).await
    });
    let server = serve(listener, slow)
        .until(async move { begun.notified().await })
        .drain(10 * LONG)
        .drain_until(async move {
            // First polled when the drain begins.
            go_on.notify_one();
            std::future::pending().await
        });
    let report = ended(server.into_future()).await?;
    assert_eq!((report.completed, report.cancelled), (1, 0));
    let answer = String::from_utf8(client.await??)?;
    assert!(
        answer.contains("200 OK") && answer.ends_with("hello"),
        "{answer}"
    );
    Ok(())
}

/// An HTTP/2 client that reads nothing, or does not acknowledge the shutdown, delays the end no
/// longer than any other.
#[heist::test]
async fn a_client_that_ignores_the_shutdown_is_cut_off_at_the_deadline() -> Result<(), Failure> {
    /// A frame of HTTP/2 without content, of type SETTINGS.
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let (listener, address) = listen().await?;
    let mut client = Ok(None);
    let connect = async {
        let stream = TcpStream::connect(address).await?;
        stream.write(&[PREFACE, &SETTINGS].concat()).await?;
        // The server speaks HTTP/2 with it.
        assert!(stream.read(&mut [0; 4096]).await? > 0);
        std::io::Result::Ok(Some(stream))
    };
    let server = serve(listener, service_fn(hello))
        .on_failure(|failure| panic!("{failure}"))
        .until(async { client = connect.await })
        .drain(Duration::from_millis(50));
    let report = ended(server.into_future()).await?;
    assert_eq!((report.completed, report.cancelled), (0, 1), "{report}");
    // It was notified: a frame of type GOAWAY, for all streams, without an error.
    let said = rest(&client?.expect("the client has connected")).await?;
    let goaway = [
        0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0,
    ];
    assert!(
        said.windows(goaway.len()).any(|at| at == goaway),
        "{said:?}"
    );
    Ok(())
}

#[heist::test]
async fn tls_connections_end_too_even_before_the_handshake() -> Result<(), Failure> {
    let (acceptor, connector) = tls()?;
    let (listener, address) = listen().await?;
    let listener = handshake(listener, move |stream| {
        let accept = acceptor.accept(stream);
        async { Ok(TokioIo::new(accept.await?)) }
    });
    let (stop, stopped) = heist::sync::oneshot::channel::<()>();
    let server = serve(listener, service_fn(hello))
        .on_failure(|failure| panic!("{failure}"))
        .until(stopped)
        .drain(10 * LONG);
    let stats = server.stats();
    let server = heist::spawn(server.into_future());

    let _silent = TcpStream::connect(address).await?;
    let stream = TcpStream::connect(address).await?;
    let stream = connector
        .connect(ServerName::try_from("localhost")?, stream)
        .await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = heist::spawn(connection);
    let request = Request::get("/")
        .header("host", "me")
        .body(Empty::<Bytes>::new())?;
    let answer = sender
        .send_request(request)
        .await?
        .into_body()
        .collect()
        .await?;
    assert_eq!(answer.to_bytes(), "hello");
    while stats.active() < 2 {
        heist::task::yield_now().await;
    }

    stop.send(()).unwrap();
    let report = ended(async { server.await.unwrap() }).await?;
    assert_eq!((report.completed, report.cancelled), (2, 0), "{report}");
    connection.await??;
    Ok(())
}

#[heist::test]
async fn a_handshake_that_fails_or_panics_ends_only_its_connection() -> Result<(), Failure> {
    let (listener, address) = listen().await?;
    let listener = handshake(listener, |stream: TcpStream| async move {
        match stream.read(&mut [0]).await? {
            0 => panic!("no such luck"),
            _ => Err::<TcpStream, _>(std::io::Error::other("not today")),
        }
    });
    let clients = async {
        let failed = TcpStream::connect(address).await?;
        failed.write(b"x").await?;
        rest(&failed).await?;
        let panicked = TcpStream::connect(address).await?;
        panicked.shutdown_std(std::net::Shutdown::Write)?;
        rest(&panicked).await
    };
    let server = serve(listener, service_fn(hello))
        .on_failure(|_| {})
        .until(clients);
    let report = ended(server.into_future()).await?;
    assert_eq!((report.failed, report.panicked), (1, 1), "{report}");
    Ok(())
}

#[heist::test]
async fn axum_by_the_client_of_hyper_util() -> Result<(), Failure> {
    let (listener, address) = listen().await?;
    let app = Router::new().route("/", get(async || "hello")).route(
        "/peer",
        get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()),
    );
    let client: Client<_, Empty<Bytes>> = Client::builder(HeistExecutor::new())
        .pool_timer(HeistTimer::new())
        .build(HeistConnector::new());
    let asking = {
        let client = client.clone();
        async move {
            let mut answers = Vec::new();
            for path in ["", "peer", "missing"] {
                // By name, which is resolved.
                let uri = format!("http://localhost:{}/{path}", address.port());
                let answer = client.get(uri.parse()?).await?;
                let status = answer.status().as_u16();
                let body = answer.into_body().collect().await?.to_bytes();
                answers.push((status, String::from_utf8(body.to_vec())?));
            }
            Ok::<_, Failure>(answers)
        }
    };
    let mut answers = None;
    let server = heist::axum::serve(listener, app)
        .until(async { answers = Some(asking.await) })
        .drain(10 * LONG);
    // The client keeps its connection for further requests, but opens another one if the first is
    // not back in its pool yet. The connections it keeps end gracefully.
    let report = ended(server.into_future()).await?;
    assert!((1..=3).contains(&report.accepted), "{report}");
    assert_eq!(report.completed, report.accepted, "{report}");
    let answers = answers.unwrap()?;
    assert_eq!(answers[0], (200, "hello".to_owned()));
    assert!(answers[1].1.starts_with("127.0.0.1:"), "{answers:?}");
    assert_eq!(answers[2].0, 404);

    let error = client.get("ftp://localhost/".parse()?).await.unwrap_err();
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    assert!(
        format!("{error} {source}").contains("scheme"),
        "{error} {source}"
    );
    Ok(())
}

fn tls() -> Result<(TlsAcceptor, TlsConnector), Failure> {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let certificate: CertificateDer<'static> = issued.cert.der().clone();
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der())?;
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)?;
    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((Arc::new(server).into(), Arc::new(client).into()))
}
