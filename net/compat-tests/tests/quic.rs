//! QUIC by quinn, on heist's sockets, timers and tasks.

use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use heist::quinn::HeistRuntime;
use quinn::rustls::RootCertStore;
use quinn::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use quinn::{
    ClientConfig, Connection, ConnectionError, Endpoint, EndpointConfig, RecvStream, Runtime,
    SendStream, ServerConfig, TransportConfig, VarInt,
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An endpoint on loopback, on a socket with a small buffer, so that sends have to wait.
async fn endpoint(server: Option<ServerConfig>) -> io::Result<Endpoint> {
    let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    socket.set_send_buffer_size(4096)?;
    let runtime = Arc::new(HeistRuntime::new());
    Endpoint::new(
        EndpointConfig::default(),
        server,
        socket.into_std()?,
        runtime,
    )
}

/// A server and a client that trusts it.
async fn pair() -> Result<(Endpoint, Endpoint), Failure> {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let certificate = signed.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der());
    let config = ServerConfig::with_single_cert(vec![certificate.clone()], key.into())?;
    let server = endpoint(Some(config)).await?;
    let mut client = endpoint(None).await?;
    client.set_default_client_config(trusting(certificate)?);
    Ok((server, client))
}

fn trusting(certificate: CertificateDer<'static>) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    Ok(ClientConfig::with_root_certificates(Arc::new(roots))?)
}

/// Accepts one connection, and echoes each of its streams.
async fn echo(server: Endpoint) -> Result<(), Failure> {
    let connection = server.accept().await.ok_or("no client")?.await?;
    while let Ok((sender, receiver)) = connection.accept_bi().await {
        heist::spawn_try(echo_stream(sender, receiver));
    }
    Ok(())
}

async fn echo_stream(mut sender: SendStream, mut receiver: RecvStream) -> Result<(), Failure> {
    while let Some(chunk) = receiver.read_chunk(usize::MAX, true).await? {
        sender.write_chunk(chunk.bytes).await?;
    }
    Ok(sender.finish()?)
}

/// Sends bytes on a new stream, and awaits their echo.
async fn ask(connection: Connection, request: Vec<u8>) -> Result<(), Failure> {
    let (mut sender, mut receiver) = connection.open_bi().await?;
    let expected = request.clone();
    let sending = heist::spawn(async move {
        sender.write_all(&request).await?;
        sender.finish()?;
        Ok::<_, Failure>(())
    });
    let reply = receiver.read_to_end(expected.len()).await?;
    sending.await??;
    assert!(reply == expected, "the reply differs from the request");
    Ok(())
}

#[heist::test]
async fn megabytes_go_there_and_back_on_several_streams() -> Result<(), Failure> {
    let (server, client) = pair().await?;
    let address = server.local_addr()?;
    let echoing = heist::spawn(echo(server.clone()));
    let connection = client.connect(address, "localhost")?.await?;
    let asking: Vec<_> = (0..4_u32)
        .map(|number| {
            let request = (0..1 << 20).flat_map(|n: u32| (n ^ number).to_le_bytes());
            heist::spawn(ask(connection.clone(), request.collect()))
        })
        .collect();
    for asking in asking {
        asking.await??;
    }
    connection.close(VarInt::from_u32(0), b"done");
    echoing.await??;
    client.wait_idle().await;
    server.wait_idle().await;
    Ok(())
}

#[heist::test]
async fn connecting_to_a_silent_server_times_out() -> Result<(), Failure> {
    let silent = UdpSocket::bind("127.0.0.1:0")?;
    let (_, mut client) = pair().await?;
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let mut config = trusting(signed.cert.der().clone())?;
    let mut transport = TransportConfig::default();
    transport.max_idle_timeout(Some(Duration::from_millis(100).try_into()?));
    config.transport_config(Arc::new(transport));
    client.set_default_client_config(config);
    let connecting = client.connect(silent.local_addr()?, "localhost")?;
    assert_eq!(connecting.await.unwrap_err(), ConnectionError::TimedOut);
    Ok(())
}

#[heist::test]
async fn a_timer_can_be_set_to_earlier_and_to_later() {
    let hour = Duration::from_secs(3600);
    let runtime = HeistRuntime::new();
    let mut timer = runtime.new_timer(runtime.now() + hour);
    let now = &mut Context::from_waker(Waker::noop());
    assert!(timer.as_mut().poll(now).is_pending());
    timer.as_mut().reset(runtime.now());
    poll_fn(|cx| timer.as_mut().poll(cx)).await;
    timer.as_mut().reset(runtime.now() + hour);
    assert!(timer.as_mut().poll(now).is_pending());
}

#[test]
fn outside_a_runtime_an_endpoint_cannot_be_made() {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let socket = UdpSocket::bind(loopback).unwrap();
    let runtime = Arc::new(HeistRuntime::new());
    let error = Endpoint::new(EndpointConfig::default(), None, socket, runtime).unwrap_err();
    assert!(error.to_string().contains("runtime"), "{error}");
}
