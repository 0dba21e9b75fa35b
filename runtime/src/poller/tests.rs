//! The driver alone, led step by step, on real sockets.

use super::{Driver, Registration};
use crate::poller::{Direction, Interest, Ready};
use crate::timers::Clock;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::task::{Context, Waker};

/// Registers the second end of a new pair, ready for nothing.
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

/// The event is on its way when its source goes and another one takes the place.
#[test]
fn an_event_is_not_taken_for_the_successors() {
    let driver = driver();
    let (mut near, far, old) = register(&driver, Interest::BOTH);
    near.write_all(b"x").unwrap();
    drop(near);
    let cx = Context::from_waker(Waker::noop());
    assert!(old.source.poll_ready(Direction::Read, &cx).is_pending());
    driver.rearm(&old, old.raw).unwrap();
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

/// A socket that has no room counts as news when it has some, but not for who only reads it.
#[test]
fn what_is_not_watched_is_no_news() {
    let driver = driver();
    let (mut near, far, registration) = register(&driver, Interest::READABLE);
    far.set_nonblocking(true).unwrap();
    near.set_nonblocking(true).unwrap();
    while (&far).write(&[0; 4096]).is_ok() {}
    let cx = Context::from_waker(Waker::noop());
    let source = &registration.source;
    let news = || {
        assert!(source.poll_ready(Direction::Read, &cx).is_pending());
        driver.rearm(&registration, registration.raw).unwrap();
        let mut leader = driver.try_lead().unwrap();
        leader.poll();
        leader.dispatch(&mut Vec::new());
        source.ready(Ready::ALL).map(|event| event.ready())
    };
    assert_eq!(news(), None);
    while near.read(&mut [0; 4096]).is_ok() {}
    assert_eq!(news(), None);
    near.write_all(b"x").unwrap();
    assert_eq!(news(), Some(Ready::READABLE));
    driver.deregister(&registration, registration.raw).unwrap();
}
