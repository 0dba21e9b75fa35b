//! Runs the built example.

use std::process::{Command, Output};

/// `cargo test` builds the examples into the directory beside that of the tests.
pub(crate) fn stall(args: &str) -> Output {
    let test = std::env::current_exe().expect("a test knows its path");
    let profile = test.ancestors().nth(2);
    let profile = profile.expect("tests are in target/PROFILE/deps");
    let mut command = Command::new(profile.join("examples/stall"));
    command
        .args(args.split(' '))
        .output()
        .expect("stall starts")
}
