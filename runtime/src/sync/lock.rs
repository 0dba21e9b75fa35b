//! The runtime's mutex: parking_lot's, with a longer spin and a rank in the order of locks.

use super::order::{Held, Rank};
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Instant;

/// How often a taken lock is checked before the thread blocks: for one or two microseconds. Usually
/// no lock of the runtime is held longer by a thread that has a core.
const SPINS: u32 = 100;

/// `parking_lot::Mutex`, with a longer spin: the original gives up its core soon, and on a busy
/// machine gets it back only milliseconds later.
///
/// In a debug build, taking it out of order panics.
#[derive(Debug)]
pub struct Mutex<T> {
    inner: parking_lot::Mutex<T>,
    #[cfg(debug_assertions)]
    rank: Option<Rank>,
}

impl<T> Mutex<T> {
    /// Creates a mutex whose rank is not checked.
    pub const fn new(value: T) -> Self {
        Self {
            inner: parking_lot::Mutex::new(value),
            #[cfg(debug_assertions)]
            rank: None,
        }
    }

    #[cfg_attr(not(debug_assertions), expect(unused_variables))]
    pub const fn ranked(rank: Rank, value: T) -> Self {
        Self {
            inner: parking_lot::Mutex::new(value),
            #[cfg(debug_assertions)]
            rank: Some(rank),
        }
    }

    fn rank(&self) -> Option<Rank> {
        #[cfg(debug_assertions)]
        return self.rank;
        #[cfg(not(debug_assertions))]
        return None;
    }

    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let held = Held::in_order(self.rank());
        let guard = match self.inner.try_lock() {
            Some(guard) => guard,
            None => self.lock_taken(),
        };
        MutexGuard { guard, held }
    }

    #[cold]
    fn lock_taken(&self) -> parking_lot::MutexGuard<'_, T> {
        for _ in 0..SPINS {
            std::hint::spin_loop();
            if !self.inner.is_locked() {
                if let Some(guard) = self.inner.try_lock() {
                    return guard;
                }
            }
        }
        self.inner.lock()
    }

    /// Tries to take the lock. Allowed in any order, since it does not wait.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let guard = self.inner.try_lock()?;
        let held = Held::in_any_order(self.rank());
        Some(MutexGuard { guard, held })
    }

    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }

    pub fn into_inner(self) -> T {
        self.inner.into_inner()
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

// No code that may panic runs while such a lock is held.
impl<T> UnwindSafe for Mutex<T> {}
impl<T> RefUnwindSafe for Mutex<T> {}

/// A locked [`Mutex`].
#[derive(Debug)]
pub struct MutexGuard<'a, T> {
    guard: parking_lot::MutexGuard<'a, T>,
    held: Held,
}

impl<T> MutexGuard<'_, T> {
    /// Runs `f` with the mutex unlocked.
    pub fn unlocked<R>(this: &mut Self, f: impl FnOnce() -> R) -> R {
        let held = &mut this.held;
        let guard = &mut this.guard;
        held.released(|| parking_lot::MutexGuard::unlocked(guard, f))
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// `parking_lot::Condvar`, for [`Mutex`].
#[derive(Debug, Default)]
pub struct Condvar(parking_lot::Condvar);

impl Condvar {
    pub const fn new() -> Self {
        Self(parking_lot::Condvar::new())
    }

    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        self.0.wait(&mut guard.guard);
    }

    /// Waits until notified, or until the deadline.
    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, deadline: Instant) {
        self.0.wait_until(&mut guard.guard, deadline);
    }

    /// Waits while `condition` returns `true`. Returns `false` if the deadline passed first.
    pub fn wait_while<T>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        deadline: Option<Instant>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> bool {
        let inner = &mut guard.guard;
        match deadline {
            None => self.0.wait_while(inner, &mut condition),
            Some(deadline) => _ = self.0.wait_while_until(inner, &mut condition, deadline),
        }
        !condition(guard)
    }

    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

#[cfg(all(test, not(loom), debug_assertions))]
mod tests {
    use super::{Mutex, MutexGuard, Rank};
    use crate::panics;

    fn may_take(rank: Rank) -> bool {
        let lock = Mutex::ranked(rank, ());
        panics::catch(|| drop(lock.lock())).is_ok()
    }

    #[test]
    fn locks_are_taken_in_the_order_of_their_ranks() {
        let (roll, sources) = (
            Mutex::ranked(Rank::Roll, ()),
            Mutex::ranked(Rank::Sources, ()),
        );
        let outer = roll.lock();
        assert!(!may_take(Rank::Roll));
        let mut inner = sources.lock();
        assert!(!may_take(Rank::Stalls) && !may_take(Rank::Sources));
        assert!(may_take(Rank::SourceWaiters) && may_take(Rank::Last));
        MutexGuard::unlocked(&mut inner, || assert!(may_take(Rank::Sources)));
        assert!(!may_take(Rank::Sources));
        // Releasing in another order is allowed.
        drop(outer);
        assert!(!may_take(Rank::Roll) && may_take(Rank::SourceWaiters));
        drop(inner);
        assert!(may_take(Rank::Roll));
        // A lock that is only tried cannot cause a wait.
        let last = Mutex::ranked(Rank::Last, ());
        let _last = last.lock();
        assert!(roll.try_lock().is_some() && !may_take(Rank::Roll));
    }
}
