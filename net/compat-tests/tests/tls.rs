//! TLS over heist's streams, by tokio-rustls, without tokio's runtime.

use std::io;
use std::sync::Arc;

use heist::net::{TcpListener, TcpStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

#[heist::test]
async fn a_megabyte_there_and_back() -> Result<(), Box<dyn std::error::Error>> {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let certificate = issued.cert.der().clone();
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der())?;
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)?;
    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let echo = heist::spawn(async move {
        let (stream, _) = listener.accept().await?;
        let stream = acceptor.accept(stream).await?;
        let (mut reader, mut writer) = tokio::io::split(stream);
        tokio::io::copy(&mut reader, &mut writer).await?;
        writer.shutdown().await
    });

    let stream = TcpStream::connect(address).await?;
    let connector = TlsConnector::from(Arc::new(client));
    let stream = connector
        .connect(ServerName::try_from("localhost")?, stream)
        .await?;
    let sent: Vec<u8> = (0..1 << 20).map(|at: u32| (at % 251) as u8).collect();
    let (mut reader, mut writer) = tokio::io::split(stream);
    let writing = {
        let sent = sent.clone();
        heist::spawn(async move {
            writer.write_all(&sent).await?;
            writer.shutdown().await?;
            io::Result::Ok(writer)
        })
    };
    let mut received = Vec::new();
    reader.read_to_end(&mut received).await?;
    assert!(received == sent);
    writing.await??;
    echo.await??;
    Ok(())
}
