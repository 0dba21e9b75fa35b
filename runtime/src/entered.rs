//! The runtimes and the queues of local tasks that the current thread has entered.
//!
//! There is a thread-local stack for each. Invariant: the current entry is that of the latest guard
//! that has not been dropped, in whatever order guards are dropped. A stack has no destructor, so
//! it stays usable while the thread's other thread-locals are destroyed.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::MutexGuard;
use std::thread::LocalKey;

/// A stack of entered values, to be stored in a `thread_local!` and created by [`Stack::new`] in a
/// `const` block.
pub(crate) struct Stack<T>(ManuallyDrop<RefCell<Entries<T>>>);

struct Entries<T> {
    current: Option<Entry<T>>,
    /// The entries below the current one. Rarely any, so that entering usually does not allocate.
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

    /// Calls `f` with the current value, if there is one.
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
                // The stack has no destructor that would free this allocation.
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

/// Keeps a value entered on the current thread.
pub(crate) struct Entered<T: 'static> {
    stack: &'static LocalKey<Stack<T>>,
    number: u64,
    /// Not `Send`: only this thread can access the stack.
    _stays: PhantomData<MutexGuard<'static, ()>>,
}

impl<T> Entered<T> {
    pub(crate) fn new(stack: &'static LocalKey<Stack<T>>, value: T) -> Self {
        // On platforms that destroy all thread-locals, nothing is entered after that.
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
        // Not while the stack is borrowed: this may drop the last reference to a runtime.
        drop(left);
    }
}
