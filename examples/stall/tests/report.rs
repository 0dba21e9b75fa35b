//! The page with plots is asked for in vain.

use std::process::Command;

/// At once, and not after all the scenes, of which something would be printed.
#[test]
fn a_report_that_cannot_be_written_is_named_before_the_run() {
    let test = std::env::current_exe().expect("a test knows its path");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("tests are in target/PROFILE/deps");
    let output = Command::new(profile.join("examples/stall"))
        .args("--duration 100ms --report /no/such/folder/page.html".split(' '))
        .output()
        .expect("stall starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && output.stdout.is_empty(),
        "{errors}"
    );
    assert!(errors.contains("/no/such/folder/page.html"), "{errors}");
}
