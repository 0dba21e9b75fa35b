//! Checks the compiler's messages for the programs in `mistakes/`: beside each program is its
//! message, in a file `.stderr`. `TRYBUILD=overwrite cargo test -p heist-hints` writes these files
//! anew.

use std::env;
use std::process::Command;

/// The compiler that the messages are from. Other versions differ in a word or two.
const RUSTC: &str = "rustc 1.95.";

#[test]
fn the_compiler_says_what_to_do() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = String::from_utf8(version.expect("it starts").stdout).expect("it is text");
    if !version.starts_with(RUSTC) {
        eprintln!("skipped: the messages are those of {RUSTC}, and this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("mistakes/*.rs");
}
