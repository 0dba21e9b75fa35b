//! Children whose `Child` was dropped before they ended. Something has to wait for them, or they
//! stay in the system's process table as zombies.
//!
//! A thread does, which lives as long as there are any: they are reaped at once, whatever happens
//! to the runtimes. It sleeps in `poll`, on the children's descriptors and on a bell (a socket
//! pair) that is rung for each further child. Children without a descriptor are checked now and
//! then: often at first, since most were killed a moment ago, and finally every second.
//!
//! The invariant: while children have arrived, the thread runs and will take them; or it could not
//! be started, and the next child that is dropped or spawned tries again.

use std::io::{self, Read, Write};
use std::mem;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Child as StdChild;
use std::thread;
use std::time::Duration;

use heist_runtime::{inheritance, panics};
use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;

use crate::exit::{Looks, pidfd};

static HOME: Mutex<Home> = Mutex::new(Home {
    arrived: Vec::new(),
    kept: false,
    bell: None,
});

struct Home {
    arrived: Vec<StdChild>,
    /// Whether the thread runs.
    kept: bool,
    /// `None` while the thread does not run, or if no descriptor was left for a bell.
    bell: Option<UnixStream>,
}

/// Makes sure that the child is reaped when it ends.
pub(crate) fn adopt(mut child: StdChild) {
    if lives(&mut child) {
        let mut home = HOME.lock();
        home.arrived.push(child);
        home.call_keeper();
    }
}

/// Tries again to start the thread, if it could not be started before.
pub fn tend() {
    let mut home = HOME.lock();
    if !home.arrived.is_empty() && !home.kept {
        home.call_keeper();
    }
}

/// Reaps the child if it has ended. An error means that it has been reaped elsewhere.
fn lives(child: &mut StdChild) -> bool {
    matches!(child.try_wait(), Ok(None))
}

impl Home {
    fn call_keeper(&mut self) {
        if self.kept {
            if let Some(mut bell) = self.bell.as_ref() {
                // If the write would block, the bell is ringing already.
                _ = bell.write(&[0]);
            }
            return;
        }
        let (bell, ear) = make_bell().ok().unzip();
        let thread = thread::Builder::new().name("heist-orphans".to_owned());
        match inheritance::inherited(|| thread.spawn(|| panics::or_abort(|| keep(ear)))) {
            Ok(_) => {
                self.kept = true;
                self.bell = bell;
            }
            // The system has no thread left. At least the children that have ended can be reaped.
            Err(_) => self.arrived.retain_mut(lives),
        }
    }
}

fn make_bell() -> io::Result<(UnixStream, UnixStream)> {
    let (bell, ear) = UnixStream::pair()?;
    bell.set_nonblocking(true)?;
    ear.set_nonblocking(true)?;
    Ok((bell, ear))
}

/// The thread's main function.
fn keep(ear: Option<UnixStream>) {
    let mut watched: Vec<(StdChild, OwnedFd)> = Vec::new();
    let mut unwatched: Vec<StdChild> = Vec::new();
    let mut looks = Looks::new();
    loop {
        let arrived = mem::take(&mut HOME.lock().arrived);
        for child in arrived {
            match pidfd::open(&child) {
                Some(pidfd) => watched.push((child, pidfd)),
                None => {
                    unwatched.push(child);
                    looks = Looks::new();
                }
            }
        }
        unwatched.retain_mut(lives);
        if watched.is_empty() && unwatched.is_empty() {
            let mut home = HOME.lock();
            if home.arrived.is_empty() {
                home.kept = false;
                home.bell = None;
                return;
            }
            continue;
        }

        let looks_again = !unwatched.is_empty() || ear.is_none();
        let timeout = looks_again.then(|| looks.next());
        let mut news = wait_for_news(&watched, ear.as_ref(), timeout).into_iter();
        // Only children with an event are checked, and most have ended. One may remain if a
        // debugger must see its end first: its descriptor reports nothing more.
        let (ended, live) = watched.into_iter().partition(|_| news.next() == Some(true));
        watched = live;
        unwatched.extend(Vec::into_iter(ended).map(|(child, _)| child));
    }
}

/// Waits until a child ends or the bell rings, for at most `timeout`. Returns for each of `watched`
/// whether there was an event.
fn wait_for_news(
    watched: &[(StdChild, OwnedFd)],
    ear: Option<&UnixStream>,
    timeout: Option<Duration>,
) -> Vec<bool> {
    let mut fds: Vec<PollFd<'_>> = watched
        .iter()
        .map(|(_, pidfd)| PollFd::new(pidfd, PollFlags::IN))
        .collect();
    fds.extend(ear.map(|ear| PollFd::new(ear, PollFlags::IN)));
    let pause = timeout;
    let timeout = timeout.map(|timeout| Timespec::try_from(timeout).expect("a second at most"));
    if retry_on_intr(|| poll(&mut fds, timeout.as_ref())).is_err() {
        // Too many descriptors, or no memory. Checking each child in turn, now and then, needs
        // neither.
        thread::sleep(pause.unwrap_or(Duration::from_millis(1)));
        return vec![true; watched.len()];
    }
    if let Some(mut ear) = ear {
        // Unread rings end the next wait at once.
        _ = ear.read(&mut [0; 64]);
    }
    let pidfds = fds.iter().take(watched.len());
    pidfds.map(|fd| !fd.revents().is_empty()).collect()
}
