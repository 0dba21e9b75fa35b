//! tokio-rustls, quinn, and tonic, whose transport is hyper's HTTP/2.

use quinn::crypto::rustls::QuicClientConfig;
use std::process::Command;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_stream::wrappers::TcpListenerStream;
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    pem: String,
}

impl Identity {
    fn new() -> Self {
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self {
            certificate: issued.cert.der().clone(),
            key: issued.signing_key.serialize_der().try_into().unwrap(),
            pem: issued.cert.pem(),
        }
    }

    fn trusting(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }

    fn server(self) -> ServerConfig {
        let config = ServerConfig::builder().with_no_client_auth();
        config
            .with_single_cert(vec![self.certificate], self.key)
            .unwrap()
    }
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn tokio_rustls_a_megabyte_there_and_back() {
    let identity = Identity::new();
    let client = TlsConnector::from(Arc::new(identity.trusting()));
    let server = TlsAcceptor::from(Arc::new(identity.server()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let echo = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (mut reader, mut writer) = tokio::io::split(server.accept(stream).await.unwrap());
        tokio::io::copy(&mut reader, &mut writer).await.unwrap();
        writer.shutdown().await.unwrap();
    });
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let (mut reader, mut writer) = tokio::io::split(client.connect(name, stream).await.unwrap());
    let sent: Arc<[u8]> = (0..1 << 20).map(|at: u32| (at % 251) as u8).collect();
    let sending = tokio::spawn({
        let sent = sent.clone();
        async move {
            writer.write_all(&sent).await.unwrap();
            writer.shutdown().await.unwrap();
            writer
        }
    });
    let mut received = Vec::new();
    reader.read_to_end(&mut received).await.unwrap();
    assert!(received == sent[..]);
    drop(sending.await.unwrap());
    echo.await.unwrap();
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn curl_gets_a_page_by_tls() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: no curl");
        return;
    }
    let identity = Identity::new();
    let directory = tempfile::tempdir().unwrap();
    let trusted = directory.path().join("trusted.pem");
    std::fs::write(&trusted, &identity.pem).unwrap();
    let server = TlsAcceptor::from(Arc::new(identity.server()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(server.accept(stream).await.unwrap());
        let mut line = String::new();
        while stream.read_line(&mut line).await.unwrap() > 2 {
            line.clear();
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nsecret";
        stream.write_all(answer).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    let output = tokio::process::Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "30", "--cacert"])
        .arg(&trusted)
        .args(["--resolve", &format!("localhost:{port}:127.0.0.1")])
        .arg(format!("https://localhost:{port}/"))
        .output();
    let output = output.await.unwrap();
    assert_eq!(
        output.stdout,
        b"secret",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serving.await.unwrap();
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn quinn_several_streams_at_once() {
    let identity = Identity::new();
    let trusting = QuicClientConfig::try_from(identity.trusting()).unwrap();
    let Identity {
        certificate, key, ..
    } = identity;
    let config = quinn::ServerConfig::with_single_cert(vec![certificate], key).unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let server = quinn::Endpoint::server(config, any).unwrap();
    let address = server.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let connection = server.accept().await.unwrap().await.unwrap();
        while let Ok((mut sender, mut receiver)) = connection.accept_bi().await {
            tokio::spawn(async move {
                let request = receiver.read_to_end(1 << 20).await.unwrap();
                sender.write_all(&request).await.unwrap();
                sender.finish().unwrap();
            });
        }
        server.wait_idle().await;
    });
    let mut client = quinn::Endpoint::client(any).unwrap();
    client.set_default_client_config(quinn::ClientConfig::new(Arc::new(trusting)));
    let connection = client.connect(address, "localhost").unwrap().await.unwrap();
    let asking = (0..4_u8).map(|number| {
        let connection = connection.clone();
        tokio::spawn(async move {
            let (mut sender, mut receiver) = connection.open_bi().await.unwrap();
            let request = vec![number; 256 * 1024];
            sender.write_all(&request).await.unwrap();
            sender.finish().unwrap();
            assert!(receiver.read_to_end(1 << 20).await.unwrap() == request);
        })
    });
    for asking in Vec::from_iter(asking) {
        asking.await.unwrap();
    }
    connection.close(0_u32.into(), b"done");
    client.wait_idle().await;
    serving.await.unwrap();
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn tonics_client_and_server_talk() {
    let (reporter, service) = tonic_health::server::health_reporter();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tonic::transport::Server::builder()
        .add_service(service)
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async {
            drop(stopped.await);
        });
    let serving = tokio::spawn(serving);
    let endpoint = tonic::transport::Endpoint::from_shared(url).unwrap();
    let mut client = HealthClient::new(endpoint.connect().await.unwrap());
    let request = HealthCheckRequest {
        service: "shop".to_owned(),
    };
    let unknown = client.check(request.clone()).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);

    reporter
        .set_service_status("shop", ServingStatus::Serving)
        .await;
    // Sixteen at the same time over a single connection.
    let asking = (0..16).map(|_| {
        let (mut client, request) = (client.clone(), request.clone());
        tokio::spawn(async move { client.check(request).await.unwrap().into_inner().status })
    });
    for asking in Vec::from_iter(asking) {
        assert_eq!(asking.await.unwrap(), ServingStatus::Serving as i32);
    }

    let mut watched = client.watch(request).await.unwrap().into_inner();
    for expected in [ServingStatus::Serving, ServingStatus::NotServing] {
        let update = watched.message().await.unwrap().unwrap();
        assert_eq!(update.status, expected as i32);
        reporter
            .set_service_status("shop", ServingStatus::NotServing)
            .await;
    }
    drop((watched, client));
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}
