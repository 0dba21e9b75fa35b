//! The driver alone, driven step by step, on real sockets.

use super::{Driver, Registration};
use crate::readiness::{Direction, Interest, Ready};
use crate::timers::Clock;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::task::{Context, Waker};

/// Registers the second end of a new pair, with no readiness.
fn register(driver: &Driver, watched: Interest) -> (UnixStream, UnixStream, Registration) {
    let (near, far) = UnixStream::pair().unwrap();
    // SAFETY: the callers deregister it while it is open.
    let registration = unsafe { driver.register(far.as_raw_fd(), watched, Ready::EMPTY) };
    (near, far, registration.unwrap())
}

fn driver() -> Driver {
    #[cfg(feature = "test-util")]
    let clock = Clock::new(false);
    #[cfg(not(feature = "test-util"))]
    let clock = Clock;
    Driver::new(clock).unwrap()
}

/// The source is removed and another one takes its slot while the event is in flight.
#[test]
fn an_event_is_not_delivered_to_the_next_source_in_its_slot() {
    let driver = driver();
    let (mut near, far, old) = register(&driver, Interest::BOTH);
    near.write_all(b"x").unwrap();
    drop(near);
    let cx = Context::from_waker(Waker::noop());
    assert!(old.source.poll_ready(Direction::Read, &cx).is_pending());
    driver.rearm(&old, || old.raw).unwrap();
    let mut leader = driver.try_lead().unwrap();
    leader.wait(None);
    driver.deregister(&old, old.raw).unwrap();
    drop(far);
    let (_near, _far, new) = register(&driver, Interest::BOTH);
    assert_eq!(new.key.place(), old.key.place(), "another place was taken");
    leader.dispatch(&mut Vec::new());
    let everything = Ready::ALL | Ready::SHUTDOWN | Ready::URGENT;
    assert!(new.source.ready(everything).is_none());
    driver.deregister(&new, new.raw).unwrap();
}

/// A full socket that gets room again causes an event, but not if it is watched for reading only.
#[test]
fn unwatched_readiness_causes_no_event() {
    let driver = driver();
    let (mut near, far, registration) = register(&driver, Interest::READABLE);
    far.set_nonblocking(true).unwrap();
    near.set_nonblocking(true).unwrap();
    while (&far).write(&[0; 4096]).is_ok() {}
    let cx = Context::from_waker(Waker::noop());
    let source = &registration.source;
    let next_event = || {
        assert!(source.poll_ready(Direction::Read, &cx).is_pending());
        driver.rearm(&registration, || registration.raw).unwrap();
        let mut leader = driver.try_lead().unwrap();
        leader.poll();
        leader.dispatch(&mut Vec::new());
        source.ready(Ready::ALL).map(|event| event.ready())
    };
    assert_eq!(next_event(), None);
    while near.read(&mut [0; 4096]).is_ok() {}
    assert_eq!(next_event(), None);
    near.write_all(b"x").unwrap();
    assert_eq!(next_event(), Some(Ready::READABLE));
    driver.deregister(&registration, registration.raw).unwrap();
}
