//! `Slot`: one signal, its listeners, and its action while there are none.
//!
//! There is one slot for each signal that was ever listened for, for the life of the process. The
//! signal handler, on whichever thread the system chooses, counts in it and takes no lock.
//! Everything else happens outside of handlers, on any thread.
//!
//! The invariant: a listener leaves its waker before it checks the count, and `announce` is called
//! after every increment. No signal therefore goes unseen.

use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Waker;

use heist_runtime::waking::{GuardedWaker, wake_all};
use parking_lot::Mutex;
use slab::Slab;

use crate::SignalKind;
use crate::platform;

/// What a signal does while there is no listener for it: see [`set_unhandled`].
///
/// # Examples
///
/// ```
/// use heist::signal::{Disposition, SignalKind, set_unhandled};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// set_unhandled(SignalKind::user_defined1(), Disposition::Ignore)?;
/// # let raise = signal_hook::low_level::raise;
/// // There is no listener; by default this would end the program.
/// raise(SignalKind::user_defined1().as_raw_value())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Disposition {
    /// The action that the signal had before it was first listened for. Usually that is the
    /// system's default action, such as ending the program. A signal that the program was started
    /// to ignore, as `nohup` does with `SIGHUP`, is ignored.
    Original,
    /// Nothing.
    Ignore,
}

/// Sets the disposition of a signal of this kind while there is no listener for it, in the whole
/// process. The default is [`Disposition::Original`].
///
/// # Errors
///
/// The same as those of [`signal`](crate::signal()); for a signal that cannot be listened for, the
/// error says why.
///
/// # Examples
///
/// ```
/// use heist::signal::{Disposition, SignalKind, ctrl_c, set_unhandled};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// // A Ctrl-C between two calls of `ctrl_c` must not end the program.
/// set_unhandled(SignalKind::interrupt(), Disposition::Ignore)?;
/// # if false {
/// ctrl_c().await?;
/// println!("press it again to leave");
/// ctrl_c().await?;
/// # }
/// # Ok(())
/// # }
/// ```
pub fn set_unhandled(kind: SignalKind, disposition: Disposition) -> io::Result<()> {
    let slot = Slot::of(kind)?;
    let mut listeners = slot.listeners.lock();
    listeners.unhandled = disposition;
    slot.choose_action(&listeners);
    Ok(())
}

// No user code runs under its lock.
impl std::panic::UnwindSafe for Slot {}
impl std::panic::RefUnwindSafe for Slot {}

pub(crate) struct Slot {
    pub(crate) kind: SignalKind,
    /// The number of times the signal was raised, modulo the word size.
    raised: AtomicUsize,
    /// There is no listener, and the previous action is the default one, which the handler must
    /// take.
    acts_by_default: AtomicBool,
    /// Whether the signal's previous action was the default one.
    default_before: bool,
    listeners: Mutex<Listeners>,
}

struct Listeners {
    /// One for each listener, with the waiting task's waker.
    tasks: Slab<Option<GuardedWaker>>,
    /// What the signal does while there is no listener.
    unhandled: Disposition,
    /// The count that the tasks have been woken for.
    announced: usize,
    /// The largest count that a listener has seen.
    delivered: usize,
}

static SLOTS: Mutex<Vec<Arc<Slot>>> = Mutex::new(Vec::new());

impl Slot {
    /// Returns the signal's slot. The first call takes over the signal's action.
    pub(crate) fn of(kind: SignalKind) -> io::Result<Arc<Self>> {
        Self::find_or_install(kind).map_err(|error| kind.refused(error))
    }

    fn find_or_install(kind: SignalKind) -> io::Result<Arc<Self>> {
        if let Some(reason) = kind.forbidden() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let mut slots = SLOTS.lock();
        if let Some(slot) = slots.iter().find(|slot| slot.kind == kind) {
            return Ok(slot.clone());
        }
        let default_before = platform::is_default(kind)?;
        let slot = Arc::new(Self {
            kind,
            raised: AtomicUsize::new(0),
            acts_by_default: AtomicBool::new(default_before),
            default_before,
            listeners: Mutex::new(Listeners {
                tasks: Slab::new(),
                unhandled: Disposition::Original,
                announced: 0,
                delivered: 0,
            }),
        });
        platform::install(&slot)?;
        slots.push(slot.clone());
        Ok(slot)
    }

    /// Returns the signal's slot, if the signal was ever listened for.
    #[cfg(windows)]
    pub(crate) fn existing(kind: SignalKind) -> Option<Arc<Self>> {
        let slots = SLOTS.lock();
        slots.iter().find(|slot| slot.kind == kind).cloned()
    }

    /// Called in the handler: counts the signal. Returns false if there is no listener and the
    /// default action must be taken instead.
    pub(crate) fn raise(&self) -> bool {
        if self.acts_by_default.load(SeqCst) {
            return false;
        }
        self.raised.fetch_add(1, SeqCst);
        true
    }

    /// Wakes the waiting tasks, if the signal has been raised since the last call.
    #[cfg(any(windows, test))]
    pub(crate) fn announce(&self) {
        wake_all(self.take_announced());
    }

    /// Takes the wakers of the waiting tasks, if the signal has been raised since the last call.
    fn take_announced(&self) -> Vec<GuardedWaker> {
        let mut listeners = self.listeners.lock();
        let raised = self.raised.load(SeqCst);
        match raised == mem::replace(&mut listeners.announced, raised) {
            true => Vec::new(),
            false => listeners.take_wakers(),
        }
    }

    fn choose_action(&self, listeners: &Listeners) {
        let is_original =
            listeners.tasks.is_empty() && listeners.unhandled == Disposition::Original;
        self.acts_by_default
            .store(is_original && self.default_before, SeqCst);
    }
}

impl Listeners {
    fn take_wakers(&mut self) -> Vec<GuardedWaker> {
        let tasks = self.tasks.iter_mut();
        tasks.filter_map(|(_, task)| task.take()).collect()
    }
}

/// Wakes the tasks that wait for a signal that has been raised. Must be called after
/// [`Slot::raise`].
#[cfg(unix)]
pub(crate) fn announce_all() {
    let slots = SLOTS.lock().clone();
    // Not one signal after the other: a waker that is not heist's own may block.
    wake_all(slots.iter().flat_map(|slot| slot.take_announced()));
}

/// Wakes the tasks that wait for any signal, because a runtime has ended.
#[cfg(unix)]
pub(crate) fn alarm_all() {
    let slots = SLOTS.lock().clone();
    wake_all(
        slots
            .iter()
            .flat_map(|slot| slot.listeners.lock().take_wakers()),
    );
}

/// A listener's place in a slot. While there is one the signal's default action is disabled.
pub(crate) struct Subscription {
    slot: Arc<Slot>,
    place: usize,
    /// The part of the slot's count that this listener has received.
    received: usize,
}

impl Subscription {
    /// Listens from now on.
    pub(crate) fn new(kind: SignalKind) -> io::Result<Self> {
        let slot = Slot::of(kind)?;
        let mut listeners = slot.listeners.lock();
        let place = listeners.tasks.insert(None);
        slot.choose_action(&listeners);
        let received = slot.raised.load(SeqCst);
        drop(listeners);
        Ok(Self {
            slot,
            place,
            received,
        })
    }

    /// Also listens for signals raised before that no task has been woken for and no listener has
    /// received.
    pub(crate) fn include_in_flight(&mut self) {
        let raised = self.slot.raised.load(SeqCst);
        let listeners = self.slot.listeners.lock();
        // The later one of the two; the counts wrap around.
        let behind = |count: &usize| raised.wrapping_sub(*count);
        let counts = [listeners.announced, listeners.delivered];
        self.received = counts.into_iter().min_by_key(behind).unwrap_or(raised);
    }

    pub(crate) fn kind(&self) -> SignalKind {
        self.slot.kind
    }

    /// Takes one signal of those that were raised and not yet received.
    pub(crate) fn receive(&mut self) -> bool {
        let raised = self.slot.raised.load(SeqCst);
        let is_raised = raised != self.received;
        if is_raised {
            self.received = self.received.wrapping_add(1);
            self.mark_delivered(raised);
        }
        is_raised
    }

    /// Takes all of them.
    pub(crate) fn receive_all(&mut self) {
        self.received = self.slot.raised.load(SeqCst);
        self.mark_delivered(self.received);
    }

    /// Records that signals up to this count are no longer in flight.
    fn mark_delivered(&self, received: usize) {
        let delivered = &mut self.slot.listeners.lock().delivered;
        // It may be ahead already; the counts wrap around.
        if received.wrapping_sub(*delivered) <= usize::MAX / 2 {
            *delivered = received;
        }
    }

    /// Registers a waker. The caller must check for signals after that.
    pub(crate) fn wait(&self, waker: &Waker) {
        // Cloned and dropped outside the lock: a waker may run any code.
        let new = GuardedWaker::from(waker);
        let before = self.slot.listeners.lock().tasks[self.place].replace(new);
        drop(before);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut listeners = self.slot.listeners.lock();
        let task = listeners.tasks.remove(self.place);
        self.slot.choose_action(&listeners);
        drop(listeners);
        drop(task);
    }
}
