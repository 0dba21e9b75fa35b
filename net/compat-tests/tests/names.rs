//! Glob imports of heist's modules shadow no crate's name: the test is that this compiles.

#![allow(unused_imports, reason = "only the imports themselves are tested")]

use heist::io::*;
use heist::net::*;
use heist::task::*;
use heist::time::*;

#[test]
fn crates_keep_their_names_beside_glob_imports() {
    assert_eq!(hyper::Method::GET.as_str(), "GET");
    let _: fn() -> tokio::io::Empty = tokio::io::empty;
    #[cfg(feature = "quinn")]
    let _ = quinn::VarInt::from_u32(1);
}
