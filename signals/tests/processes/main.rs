//! Real signals from another process: these tests run this program again as a child, with a scene
//! to play, send it signals, and check its output and its end.
//!
//! `scenes` contains the children's behaviour. Nothing here is timed: both sides wait for each
//! other's lines.
#![cfg(unix)]

mod child;
mod scenes;

use heist::signal::SignalKind;

use crate::child::{Child, Ended};

const HUP: SignalKind = SignalKind::hangup();
const INT: SignalKind = SignalKind::interrupt();
const TERM: SignalKind = SignalKind::terminate();
const USR1: SignalKind = SignalKind::user_defined1();

/// Not a test of its own: the child's main function.
#[test]
fn scene() {
    scenes::play();
}

#[test]
fn the_first_request_to_stop_is_graceful_and_the_second_is_not() {
    let mut child = Child::start("shutdown");
    child.expect("ready");
    child.send(TERM);
    child.expect("first SIGTERM");
    child.send(INT);
    child.expect("now SIGINT");
    assert_eq!(child.end(), Ended::Exited(0));
}

#[test]
fn an_early_request_to_stop_is_kept() {
    let mut child = Child::start("shutdown_late");
    child.expect("ready");
    child.send(INT);
    child.say("await it");
    child.expect("first SIGINT");
    // There is no listener for the second one any more.
    child.send(INT);
    assert_eq!(child.end(), Ended::Killed(INT));
}

#[test]
fn requests_to_reload_while_it_reloads_count_as_one() {
    let mut child = Child::start("reload");
    child.expect("ready");
    child.send(HUP);
    child.expect("reloading");
    for _ in 0..5 {
        child.send(HUP);
        child.expect("raised");
    }
    child.say("go on");
    child.expect("reloading");
    child.expect("no more");
    assert_eq!(child.end(), Ended::Exited(0));
}

#[test]
fn the_second_ctrl_c_kills_when_the_program_waited_for_one() {
    let mut child = Child::start("ctrl_c_once");
    child.expect("ready");
    child.send(INT);
    child.expect("got it");
    child.send(INT);
    assert_eq!(child.end(), Ended::Killed(INT));
}

#[test]
fn dropping_the_last_listener_restores_the_default_action() {
    // signal-hook does not know the last two, or only wrongly.
    let mut kinds = vec![TERM, USR1, SignalKind::quit()];
    #[cfg(target_os = "linux")]
    kinds.extend([SignalKind::io(), SignalKind::realtime(3).unwrap()]);
    for kind in kinds {
        let mut child = Child::start_with("default", kind);
        child.expect("two listen");
        child.send(kind);
        child.expect("both got it");
        child.expect("one listens");
        child.send(kind);
        child.expect("it got it");
        child.expect("none listens");
        child.send(kind);
        assert_eq!(child.end(), Ended::Killed(kind));
    }
}

#[test]
fn a_signal_that_stops_stops_again() {
    let kind = SignalKind::terminal_stop();
    let mut child = Child::start_with("default", kind);
    child.expect("two listen");
    child.send(kind);
    child.expect("both got it");
    child.expect("one listens");
    child.send(kind);
    child.expect("it got it");
    child.expect("none listens");
    child.send(kind);
    child.wait_until_stopped();
    child.send(SignalKind::continued());
    child.say("leave");
    assert_eq!(child.end(), Ended::Exited(0));
}

#[test]
fn a_program_can_keep_a_signal_swallowed() {
    let mut child = Child::start("swallow");
    child.expect("ready");
    child.send(INT);
    child.expect("once more");
    child.send(INT);
    // And no longer, when it reverts that.
    child.expect("restored");
    child.send(INT);
    assert_eq!(child.end(), Ended::Killed(INT));
}

#[test]
fn a_signal_that_was_ignored_from_the_start_is_ignored_again() {
    let mut child = Child::start_ignoring("hangup_ignored", HUP);
    child.expect("ready");
    child.send(HUP);
    child.expect("got it");
    child.send(HUP);
    assert_eq!(child.end(), Ended::Exited(0));
}

#[test]
fn a_program_dies_by_the_signal_it_chooses() {
    let mut kinds = vec![INT, TERM, HUP];
    #[cfg(target_os = "linux")]
    kinds.extend([SignalKind::io(), SignalKind::realtime(0).unwrap()]);
    for kind in kinds {
        let mut child = Child::start_with("raise_default", kind);
        child.expect("ready");
        child.send(kind);
        child.expect("got it");
        assert_eq!(child.end(), Ended::Killed(kind));
    }
}

#[test]
fn the_origin_is_the_sender() {
    let mut child = Child::start("origin");
    child.expect("ready");
    child.send(USR1);
    let us = format!(
        "{} {}",
        std::process::id(),
        rustix::process::getuid().as_raw()
    );
    let cause = if cfg!(target_os = "linux") {
        "Kill"
    } else {
        "Unknown"
    };
    child.expect(&format!("SIGUSR1 {us} {cause}"));
    // Of the child's own child.
    child.expect("SIGCHLD by the child, ChildExited");
    assert_eq!(child.end(), Ended::Exited(0));
}

#[test]
fn a_listener_with_origin_keeps_the_default_action_off_as_long_as_it_lives() {
    let mut child = Child::start("origin_only");
    child.expect("ready");
    for _ in 0..10 {
        child.send(TERM);
        child.expect("got it");
    }
    child.say("drop it");
    child.expect("dropped");
    child.send(TERM);
    assert_eq!(child.end(), Ended::Killed(TERM));
}

#[test]
fn ten_thousand_signals_while_listeners_come_and_go() {
    let mut child = Child::start("storm");
    child.expect("ready");
    for _ in 0..10_000 {
        child.send(USR1);
    }
    child.say("all sent");
    // The last ones may be merged with each other, but not with this one.
    child.expect("calm");
    child.send(USR1);
    child.expect("all got it");
    assert_eq!(child.end(), Ended::Exited(0));
}

#[cfg(target_os = "linux")]
#[test]
fn real_time_signals_are_not_merged() {
    let kind = SignalKind::realtime(2).unwrap();
    let mut child = Child::start_with("count", kind);
    child.expect("ready");
    for _ in 0..100 {
        child.send(kind);
    }
    child.expect("100");
    assert_eq!(child.end(), Ended::Exited(0));
}

#[cfg(target_os = "linux")]
#[test]
fn neither_listeners_nor_past_runtimes_hold_descriptors() {
    let mut child = Child::start("descriptors");
    child.expect("no more than before");
    assert_eq!(child.end(), Ended::Exited(0));
}
