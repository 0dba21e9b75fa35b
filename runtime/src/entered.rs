//! What the current thread is in: runtimes, and queues of local tasks.
//!
//! A thread-local stack for each. The invariant: the current one is that of the latest guard which
//! has not been dropped, in whatever order they go. A stack has no destructor, so that it is there
//! for as long as the thread, also while the thread's other thread-locals are dropped.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::MutexGuard;
use std::thread::LocalKey;

/// To be kept in a `thread_local!`, made by [`Stack::new`] in a `const` block.
pub(crate) struct Stack<T>(ManuallyDrop<RefCell<Entries<T>>>);

struct Entries<T> {
    current: Option<Entry<T>>,
    /// Those before it. Rarely any, so that to enter costs no allocation.
    below: Vec<Entry<T>>,
    next: u64,
}

struct Entry<T> {
    number: u64,
    value: T,
}

impl<T> Stack<T> {
    pub(crate) const fn new() -> Self {
        Self(ManuallyDrop::new(RefCell::new(Entries {
            current: None,
            below: Vec::new(),
            next: 0,
        })))
    }

    /// Calls `f` with the current one, if there is one.
    #[inline]
    pub(crate) fn with_current<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        let entries = self.0.borrow();
        entries.current.as_ref().map(|entry| f(&entry.value))
    }
}

impl<T> Entries<T> {
    fn push(&mut self, value: T) -> u64 {
        let number = self.next;
        self.next += 1;
        let entry = Entry { number, value };
        if let Some(before) = self.current.replace(entry) {
            self.below.push(before);
        }
        number
    }

    fn remove(&mut self, number: u64) -> Option<T> {
        if self.current.as_ref()?.number == number {
            let entry = self.current.take()?;
            self.current = self.below.pop();
            if self.below.is_empty() {
                // Nobody would free it when the thread ends.
                self.below = Vec::new();
            }
            return Some(entry.value);
        }
        let place = self
            .below
            .iter()
            .rposition(|entry| entry.number == number)?;
        Some(self.below.remove(place).value)
    }
}

/// While the thread is in it.
pub(crate) struct Entered<T: 'static> {
    stack: &'static LocalKey<Stack<T>>,
    number: u64,
    /// It stays on its thread, whence no other can do anything with it.
    _stays: PhantomData<MutexGuard<'static, ()>>,
}

impl<T> Entered<T> {
    pub(crate) fn new(stack: &'static LocalKey<Stack<T>>, value: T) -> Self {
        // On platforms whose thread-locals all end, nothing is entered after that.
        let number = stack.try_with(|stack| stack.0.borrow_mut().push(value));
        Self {
            stack,
            number: number.unwrap_or(u64::MAX),
            _stays: PhantomData,
        }
    }
}

impl<T> Drop for Entered<T> {
    fn drop(&mut self) {
        let left = self
            .stack
            .try_with(|stack| stack.0.borrow_mut().remove(self.number));
        // Not while the stack is borrowed: it may be the last reference to a runtime.
        drop(left);
    }
}
