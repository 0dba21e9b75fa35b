//! The report cannot be written.

mod common;

/// The error comes at once, and not after all scenes, whose results would be printed.
#[test]
fn a_report_that_cannot_be_written_is_named_before_the_run() {
    let output = common::stall("--duration 100ms --report /no/such/folder/page.html");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && output.stdout.is_empty(),
        "{errors}"
    );
    assert!(errors.contains("/no/such/folder/page.html"), "{errors}");
}
