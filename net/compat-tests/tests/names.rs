//! Glob imports of heist's modules hide no crate of another ecosystem: that this compiles is the
//! test.

#![allow(unused_imports, reason = "what they bring is not the point")]

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
