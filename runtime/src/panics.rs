//! The one place where panics are caught: the user's code is called and dropped through these
//! functions, and heist's own threads run in [`or_abort`].
//!
//! Any thread. Invariant: none of the user's code runs outside a guard, including the destructor of
//! a panic's payload. The panic hook has already reported the panic, and the calling thread has
//! others to serve.
//!
//! For heist's own packages, and not part of the public interface.

use std::any::Any;
use std::fmt;
use std::io::Write;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{io, process, thread};

/// How many payloads whose destructors panic are dropped in a row.
const PAYLOADS: usize = 8;

/// The payload of a panic. Dropping it never panics.
pub struct Payload(ManuallyDrop<Box<dyn Any + Send>>);

impl Payload {
    /// Returns the payload itself. Its destructor is left to the caller.
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

/// Calls `f` and returns the payload of its panic, if it panicked.
#[expect(clippy::disallowed_methods, reason = "this is the guard")]
#[inline]
pub fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| Payload(ManuallyDrop::new(payload)))
}

/// Calls `f` and ignores its panic. Returns `None` if it panicked.
#[inline]
pub fn contain<R>(f: impl FnOnce() -> R) -> Option<R> {
    catch(f).ok()
}

/// Drops a user's value, whose destructor may panic.
#[inline]
pub fn discard<T>(value: T) {
    let Err(mut payload) = catch(|| drop(value)) else {
        return;
    };
    // A payload's destructor may panic as well, and so may that panic's payload, indefinitely.
    for _ in 0..PAYLOADS {
        match catch(|| drop(payload.into_inner())) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
    }
    mem::forget(payload);
}

/// Calls heist's own code, on a thread that others depend on. A panic aborts the process: the
/// thread's remaining work would never be done, and threads that wait for it would hang.
pub fn or_abort<R>(f: impl FnOnce() -> R) -> R {
    catch(f).unwrap_or_else(|payload| {
        // If standard error is closed, the process is aborted all the same.
        let _ = writeln!(
            io::stderr(),
            "heist: the thread '{}' cannot continue, so the program is aborted: {}",
            thread::current().name().unwrap_or("without a name"),
            message(&*payload).unwrap_or("it has panicked"),
        );
        process::abort()
    })
}

/// Returns the message of a panic payload, if it is of one of the two types that `panic!` creates.
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

    /// Panics when dropped, with another `Bomb` as the payload.
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
