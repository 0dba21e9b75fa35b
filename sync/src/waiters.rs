//! Tasks that wait, in order of arrival: a list linked through the waiting futures.
//!
//! A [`Waiter`] lives in its future. All of it except its value is accessed only under the lock
//! that guards its [`WaitList`]. The thread that ends a wait unlinks the waiter, takes its waker,
//! and *then* stores the final value: the future may see that without the lock, and be destroyed at
//! once.

use crate::primitives::UnsafeCell;
use crate::primitives::atomic::{AtomicUsize, Ordering};
use crate::wake::Wakes;
use heist_runtime::waking::GuardedWaker;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::Waker;

/// One waiting future.
#[derive(Debug)]
pub(crate) struct Waiter {
    /// What the wait is for, or its result; the list's owner defines the meaning.
    value: AtomicUsize,
    link: UnsafeCell<Link>,
    _pinned: PhantomPinned,
}

#[derive(Debug)]
struct Link {
    linked: bool,
    previous: Option<NonNull<Waiter>>,
    next: Option<NonNull<Waiter>>,
    waker: Option<GuardedWaker>,
}

// SAFETY: the links are touched only under the lock of the list, and the rest is `Send` and `Sync`.
unsafe impl Send for Waiter {}
// SAFETY: as above.
unsafe impl Sync for Waiter {}

impl Waiter {
    pub(crate) fn new(value: usize) -> Self {
        Self {
            value: AtomicUsize::new(value),
            link: UnsafeCell::new(Link {
                linked: false,
                previous: None,
                next: None,
                waker: None,
            }),
            _pinned: PhantomPinned,
        }
    }

    /// Returns the value, with everything that happened before it was stored.
    #[inline]
    pub(crate) fn value(&self) -> usize {
        self.value.load(Ordering::Acquire)
    }

    /// For the future itself before it is linked, and for the lock's holder.
    #[inline]
    pub(crate) fn set_value(&self, value: usize) {
        // Release: a future that sees the final value without the lock sees what came before.
        self.value.store(value, Ordering::Release);
    }
}

/// The list. It must be behind a lock.
///
/// The `unsafe` methods require that the waiter is in no other list, and stays in place until it is
/// unlinked, which its future must do when dropped.
#[derive(Debug)]
pub(crate) struct WaitList {
    first: Option<NonNull<Waiter>>,
    last: Option<NonNull<Waiter>>,
}

// SAFETY: the waiters may be accessed by any thread that has the list.
unsafe impl Send for WaitList {}

impl WaitList {
    pub(crate) const fn new() -> Self {
        Self {
            first: None,
            last: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Returns the first waiter's value.
    fn first_value(&self) -> Option<usize> {
        // SAFETY: linked waiters are alive.
        self.first.map(|first| unsafe { first.as_ref() }.value())
    }

    /// Changes the first waiter's value without ending its wait.
    fn set_first_value(&mut self, value: usize) {
        if let Some(first) = self.first {
            // SAFETY: linked waiters are alive.
            unsafe { first.as_ref() }.set_value(value);
        }
    }

    /// # Safety
    ///
    /// See [`WaitList`]; also, the waiter must not be linked.
    pub(crate) unsafe fn push_back(&mut self, waiter: Pin<&Waiter>, waker: Option<GuardedWaker>) {
        let node = NonNull::from(waiter.get_ref());
        let link = Link {
            linked: true,
            previous: self.last,
            next: None,
            waker,
        };
        // SAFETY: we hold the lock. The old waker is `None`: no user code is dropped here.
        waiter.link.with_mut(|old| unsafe { *old = link });
        match self.last {
            // SAFETY: linked waiters are alive, and we hold the lock.
            Some(last) => unsafe { last.as_ref() }
                .link
                .with_mut(|link| unsafe { (*link).next = Some(node) }),
            None => self.first = Some(node),
        }
        self.last = Some(node);
    }

    /// Ends the first waiter's wait: unlinks it and sets its value.
    pub(crate) fn pop_front(&mut self, value: usize) -> Option<Option<GuardedWaker>> {
        self.first.map(|node| self.end(node, value))
    }

    /// Ends the first waiter's wait without a result: its value is unchanged, and the future may
    /// then read it only under the lock.
    pub(crate) fn pop_front_as_is(&mut self) -> Option<Option<GuardedWaker>> {
        // SAFETY: linked waiters are alive, and this one cannot be destroyed without the lock.
        self.first.map(|node| self.unlink(unsafe { node.as_ref() }))
    }

    /// Ends the last waiter's wait.
    pub(crate) fn pop_back(&mut self, value: usize) -> Option<Option<GuardedWaker>> {
        self.last.map(|node| self.end(node, value))
    }

    /// For waiters whose value is the number of permits they still need: hands out `permits` in
    /// order of arrival, the last of them perhaps as a part of a waiter's need, and returns the
    /// rest.
    pub(crate) fn grant(&mut self, mut permits: usize, wakes: &mut Wakes) -> usize {
        while permits > 0 {
            let Some(needed) = self.first_value() else {
                break;
            };
            if needed > permits {
                self.set_first_value(needed - permits);
                return 0;
            }
            permits -= needed;
            if let Some(waker) = self.pop_front(0) {
                wakes.push(waker);
            }
        }
        permits
    }

    fn end(&mut self, node: NonNull<Waiter>, value: usize) -> Option<GuardedWaker> {
        // SAFETY: linked waiters are alive until their value is final, which is the last access.
        let waiter = unsafe { node.as_ref() };
        let waker = self.unlink(waiter);
        waiter.set_value(value);
        waker
    }

    /// Returns whether the waiter is still linked, that is, whether its wait has not been ended.
    ///
    /// # Safety
    ///
    /// See [`WaitList`].
    pub(crate) unsafe fn contains(&self, waiter: Pin<&Waiter>) -> bool {
        // SAFETY: we hold the lock.
        waiter.link.with(|link| unsafe { (*link).linked })
    }

    /// Unlinks a waiter if it is still linked, and returns its waker, which must be dropped outside
    /// the lock.
    ///
    /// # Safety
    ///
    /// See [`WaitList`].
    pub(crate) unsafe fn remove(&mut self, waiter: Pin<&Waiter>) -> Option<GuardedWaker> {
        // SAFETY: guaranteed by the caller.
        if unsafe { self.contains(waiter) } {
            self.unlink(waiter.get_ref())
        } else {
            None
        }
    }

    /// Whether waking the waiter would wake the task of `waker`.
    ///
    /// # Safety
    ///
    /// See [`WaitList`].
    pub(crate) unsafe fn will_wake(&self, waiter: Pin<&Waiter>, waker: &Waker) -> bool {
        // SAFETY: we hold the lock.
        let current = waiter.link.with(|link| unsafe { (*link).waker.as_ref() });
        current.is_some_and(|current| current.will_wake(waker))
    }

    /// Replaces the waker and returns the old one, which must be dropped outside the lock.
    ///
    /// # Safety
    ///
    /// See [`WaitList`].
    pub(crate) unsafe fn replace_waker(
        &mut self,
        waiter: Pin<&Waiter>,
        waker: GuardedWaker,
    ) -> Option<GuardedWaker> {
        // SAFETY: we hold the lock.
        waiter
            .link
            .with_mut(|link| unsafe { (*link).waker.replace(waker) })
    }

    fn unlink(&mut self, waiter: &Waiter) -> Option<GuardedWaker> {
        let (previous, next, waker) = waiter.link.with_mut(|link| {
            // SAFETY: we hold the lock.
            let link = unsafe { &mut *link };
            link.linked = false;
            (link.previous.take(), link.next.take(), link.waker.take())
        });
        match previous {
            // SAFETY: linked waiters are alive, and we hold the lock.
            Some(previous) => unsafe { previous.as_ref() }
                .link
                .with_mut(|link| unsafe { (*link).next = next }),
            None => self.first = next,
        }
        match next {
            // SAFETY: as above.
            Some(next) => unsafe { next.as_ref() }
                .link
                .with_mut(|link| unsafe { (*link).previous = previous }),
            None => self.last = previous,
        }
        waker
    }
}
