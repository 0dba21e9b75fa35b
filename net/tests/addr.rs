//! What is accepted as an address, and the errors for what is not.

use std::io::{self, ErrorKind};
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, ToSocketAddrs as _,
};

use futures_lite::future::block_on;
use heist::net::{TcpStream, ToSocketAddrs, lookup_host};

const V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
const V6: Ipv6Addr = Ipv6Addr::LOCALHOST;

/// Resolves `addr` outside a runtime, where there is no pool for a lookup.
fn resolved_on_the_spot(addr: impl ToSocketAddrs) -> io::Result<Vec<SocketAddr>> {
    block_on(lookup_host(addr)).map(Iterator::collect)
}

#[track_caller]
fn resolves(addr: impl ToSocketAddrs, expected: &[SocketAddr]) {
    assert_eq!(resolved_on_the_spot(addr).unwrap(), expected);
}

#[test]
fn numbers_resolve_on_the_spot() {
    let v4 = SocketAddr::from((V4, 80));
    let v6 = SocketAddr::from((V6, 80));
    resolves("192.0.2.7:80", &[v4]);
    resolves("[::1]:80", &[v6]);
    let owned = "192.0.2.7:80".to_owned();
    resolves(&owned, &[v4]);
    resolves(owned, &[v4]);
    resolves(("192.0.2.7", 80), &[v4]);
    resolves(("::1".to_owned(), 80), &[v6]);
    resolves((IpAddr::V4(V4), 80), &[v4]);
    resolves((V4, 80), &[v4]);
    resolves((V6, 80), &[v6]);
    resolves(v4, &[v4]);
    resolves(SocketAddrV4::new(V4, 80), &[v4]);
    resolves(SocketAddrV6::new(V6, 80, 0, 0), &[v6]);
    resolves([v6, v4], &[v6, v4]);
    resolves(&[v6, v4][..], &[v6, v4]);
    resolves(vec![v4, v6], &[v4, v6]);
}

#[test]
fn malformed_text_is_quoted() {
    for text in [
        "localhost",
        "",
        "localhost:http",
        "localhost:65536",
        "localhost:",
        "[::1]",
    ] {
        let error = resolved_on_the_spot(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
    }
}

#[test]
fn a_name_outside_a_runtime_is_an_error() {
    let error = resolved_on_the_spot("localhost:80").unwrap_err();
    assert!(error.to_string().contains("localhost:80"), "{error}");
}

#[heist::test]
async fn names_are_looked_up() -> io::Result<()> {
    let text: Vec<_> = lookup_host("localhost:80").await?.collect();
    let pair: Vec<_> = lookup_host(("localhost", 80)).await?.collect();
    assert!(!text.is_empty());
    assert_eq!(text, pair);
    assert!(
        text.iter()
            .all(|address| address.ip().is_loopback() && address.port() == 80)
    );
    Ok(())
}

#[heist::test]
async fn an_unknown_name_is_named_with_its_port_and_the_resolvers_error() {
    // The resolver refuses it without a query: a label has at most 63 letters.
    let name = format!("{}.invalid", "x".repeat(64));
    let plain = (name.as_str(), 80).to_socket_addrs().unwrap_err();
    for error in [
        lookup_host((name.as_str(), 80)).await.unwrap_err(),
        TcpStream::connect((name.as_str(), 80)).await.unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(text.contains(&format!("{name}:80")), "{text}");
        assert!(text.contains(&plain.to_string()), "{text}");
        assert_eq!(error.kind(), plain.kind());

        let source = error.get_ref().and_then(|inner| inner.source());
        let source: &io::Error = source.expect("a source").downcast_ref().unwrap();
        assert_eq!(source.to_string(), plain.to_string());
    }
}
