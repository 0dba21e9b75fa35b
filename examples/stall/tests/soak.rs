//! A short soak, as a process of its own, since it counts threads.

mod common;

#[test]
fn nothing_is_lost_while_tasks_stall_at_random() {
    let output = common::stall("--soak 10s --workers 2");
    // Its output includes the faults and the seed.
    assert!(output.status.success(), "{output:#?}");
}
