//! Children whose `Child` was dropped before they ended. Something has to wait for them, or they
//! stay in the system's process table as zombies.
//!
//! A thread does, which lives as long as there are any: they are reaped at once, whatever happens
//! to the runtimes. It sleeps in `poll`, on the children's descriptors and on a socket pair
//! that is written to for each further child. Children without a descriptor are checked now and
//! then: often at first, since most were killed a moment ago, and finally every second.
//!
//! The invariant: while children have arrived, the thread runs and will take them; or it could not
//! be started, and the next child that is dropped or spawned tries again.

use std::io::{self, Read, Write};
use std::mem;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{self, Child as StdChild};
use std::thread;
use std::time::Duration;

use heist_runtime::{inheritance, panics};
use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;

use crate::exit::{Looks, pidfd};

static ORPHANS: Mutex<Orphans> = Mutex::new(Orphans {
    arrived: Vec::new(),
    running_in: None,
    wake_writer: None,
});

struct Orphans {
    arrived: Vec<StdChild>,
    /// The number of the process in which the thread runs, if it does. A forked child gets a copy
    /// of this, but not the thread.
    running_in: Option<u32>,
    /// `None` while the thread does not run, or if no descriptor was left for the pair.
    wake_writer: Option<UnixStream>,
}

/// Makes sure that the child is reaped when it ends.
pub(crate) fn adopt(mut child: StdChild) {
    if is_alive(&mut child) {
        let mut orphans = ORPHANS.lock();
        orphans.leave_to_parent();
        orphans.arrived.push(child);
        orphans.wake_reaper();
    }
}

/// Tries again to start the thread, if it could not be started before.
pub fn ensure_started() {
    let mut orphans = ORPHANS.lock();
    if !orphans.arrived.is_empty() && orphans.running_in.is_none() {
        orphans.wake_reaper();
    }
}

/// Reaps the child if it has ended. An error means that it has been reaped elsewhere.
fn is_alive(child: &mut StdChild) -> bool {
    matches!(child.try_wait(), Ok(None))
}

impl Orphans {
    /// In a forked child, forgets the children of its parent.
    fn leave_to_parent(&mut self) {
        if self.running_in.is_some_and(|home| home != process::id()) {
            *self = Self {
                arrived: Vec::new(),
                running_in: None,
                wake_writer: None,
            };
        }
    }

    fn wake_reaper(&mut self) {
        if self.running_in.is_some() {
            if let Some(mut wake_writer) = self.wake_writer.as_ref() {
                // If the write would block, a wake-up is pending already.
                _ = wake_writer.write(&[0]);
            }
            return;
        }
        let (wake_writer, wake_reader) = make_wake_pair().ok().unzip();
        let thread = thread::Builder::new().name("heist-orphans".to_owned());
        match inheritance::inherited(|| thread.spawn(|| panics::or_abort(|| reap(wake_reader)))) {
            Ok(_) => {
                self.running_in = Some(process::id());
                self.wake_writer = wake_writer;
            }
            // The system has no thread left. At least the children that have ended can be reaped.
            Err(_) => self.arrived.retain_mut(is_alive),
        }
    }
}

fn make_wake_pair() -> io::Result<(UnixStream, UnixStream)> {
    let (wake_writer, wake_reader) = UnixStream::pair()?;
    wake_writer.set_nonblocking(true)?;
    wake_reader.set_nonblocking(true)?;
    Ok((wake_writer, wake_reader))
}

/// The thread's main function.
fn reap(wake_reader: Option<UnixStream>) {
    let mut watched: Vec<(StdChild, OwnedFd)> = Vec::new();
    let mut unwatched: Vec<StdChild> = Vec::new();
    let mut looks = Looks::new();
    loop {
        let arrived = mem::take(&mut ORPHANS.lock().arrived);
        for child in arrived {
            match pidfd::open(&child) {
                Some(pidfd) => watched.push((child, pidfd)),
                None => {
                    unwatched.push(child);
                    looks = Looks::new();
                }
            }
        }
        unwatched.retain_mut(is_alive);
        if watched.is_empty() && unwatched.is_empty() {
            let mut orphans = ORPHANS.lock();
            if orphans.arrived.is_empty() {
                orphans.running_in = None;
                orphans.wake_writer = None;
                return;
            }
            continue;
        }

        let looks_again = !unwatched.is_empty() || wake_reader.is_none();
        let timeout = looks_again.then(|| looks.next());
        let mut has_ended = wait_for_ends(&watched, wake_reader.as_ref(), timeout).into_iter();
        // Only children with an event are checked, and most have ended. One may remain if a
        // debugger must see its end first: its descriptor reports nothing more.
        let (ended, live) = watched
            .into_iter()
            .partition(|_| has_ended.next() == Some(true));
        watched = live;
        unwatched.extend(Vec::into_iter(ended).map(|(child, _)| child));
    }
}

/// Waits until a child ends or the thread is woken, for at most `timeout`. Returns for each of
/// `watched` whether there was an event.
fn wait_for_ends(
    watched: &[(StdChild, OwnedFd)],
    wake_reader: Option<&UnixStream>,
    timeout: Option<Duration>,
) -> Vec<bool> {
    let mut fds: Vec<PollFd<'_>> = watched
        .iter()
        .map(|(_, pidfd)| PollFd::new(pidfd, PollFlags::IN))
        .collect();
    fds.extend(wake_reader.map(|wake_reader| PollFd::new(wake_reader, PollFlags::IN)));
    let pause = timeout;
    let timeout = timeout.map(|timeout| Timespec::try_from(timeout).expect("a second at most"));
    if retry_on_intr(|| poll(&mut fds, timeout.as_ref())).is_err() {
        // Too many descriptors, or no memory. Checking each child in turn, now and then, needs
        // neither.
        thread::sleep(pause.unwrap_or(Duration::from_millis(1)));
        return vec![true; watched.len()];
    }
    if let Some(mut wake_reader) = wake_reader {
        // Unread rings end the next wait at once.
        _ = wake_reader.read(&mut [0; 64]);
    }
    let pidfds = fds.iter().take(watched.len());
    pidfds.map(|fd| !fd.revents().is_empty()).collect()
}
