//! The one place where panics are caught: users' code is called and dropped through here, and what
//! heist's own threads do runs in [`or_abort`].
//!
//! Any thread. The invariant: nothing of the user's runs outside of a guard, the destructor of what
//! a panic leaves behind (its payload) included. The panic hook has reported the panic by then; the
//! calling thread has others to serve.
//!
//! For heist's own packages, and no part of the public interface.

use std::any::Any;
use std::fmt;
use std::io::Write;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{io, process, thread};

/// How many payloads whose destructors panic are dropped one after the other.
const PAYLOADS: usize = 8;

/// What a panic left behind. Dropping it does not panic, whatever is in it.
pub struct Payload(ManuallyDrop<Box<dyn Any + Send>>);

impl Payload {
    /// The payload itself, whose destructor is the caller's affair from here on.
    pub fn into_inner(self) -> Box<dyn Any + Send> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: taken once, as `self` is not dropped.
        unsafe { ManuallyDrop::take(&mut this.0) }
    }
}

impl Deref for Payload {
    type Target = dyn Any + Send;

    fn deref(&self) -> &Self::Target {
        &**self.0
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        // SAFETY: taken once, here.
        let payload = unsafe { ManuallyDrop::take(&mut self.0) };
        discard(payload);
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Payload").finish_non_exhaustive()
    }
}

/// Calls `f`, and gives what it panicked with, if it did.
#[expect(clippy::disallowed_methods, reason = "this is the guard")]
#[inline]
pub fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| Payload(ManuallyDrop::new(payload)))
}

/// Calls `f`, whose panic harms nobody. `None`: it panicked.
#[inline]
pub fn contain<R>(f: impl FnOnce() -> R) -> Option<R> {
    catch(f).ok()
}

/// Drops something of the user's, whose destructor may panic.
#[inline]
pub fn discard<T>(value: T) {
    let Err(mut payload) = catch(|| drop(value)) else {
        return;
    };
    // A payload's destructor may panic as well, and go on like that for ever.
    for _ in 0..PAYLOADS {
        match catch(|| drop(payload.into_inner())) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
    }
    mem::forget(payload);
}

/// Calls heist's own code, on a thread that others depend on. If that panics, the process is
/// aborted: nobody would do what the thread has left undone, and whoever waits for it would hang.
pub fn or_abort<R>(f: impl FnOnce() -> R) -> R {
    catch(f).unwrap_or_else(|payload| {
        // Without standard error it ends all the same.
        let _ = writeln!(
            io::stderr(),
            "heist: the thread '{}' cannot go on, and so the program cannot: {}",
            thread::current().name().unwrap_or("without a name"),
            message(&*payload).unwrap_or("it has panicked"),
        );
        process::abort()
    })
}

/// The text of a panic payload, if it is one of the two types `panic!` makes.
pub fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::panic::panic_any;

    /// Panics when it is dropped, with another one.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic_any(Bomb);
        }
    }

    #[test]
    fn payloads_are_guarded_too() {
        assert_eq!(contain(|| 7), Some(7));
        assert_eq!(contain(|| panic_any(Bomb)), None::<()>);
        discard(Bomb);
        let caught = catch(|| panic_any(Bomb));
        drop(caught);
        let payload = catch(|| panic!("text")).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"text"));
        assert_eq!(payload.into_inner().downcast_ref(), Some(&"text"));
    }
}
