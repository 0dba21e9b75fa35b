//! Notification of a child's end by a callback of the system's thread pool.
//!
//! The invariant: the callback may run as long as the wait is registered, and the object it gets a
//! pointer to outlives that.

use std::ffi::c_void;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle, OwnedHandle};
use std::process::Child as StdChild;
use std::ptr;
use std::sync::Arc;
use std::task::Poll;

use heist_runtime::waking::GuardedWaker;
use parking_lot::Mutex;
use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Threading::{
    INFINITE, RegisterWaitForSingleObject, UnregisterWaitEx, WT_EXECUTEINWAITTHREAD,
    WT_EXECUTEONLYONCE,
};

#[derive(Default)]
struct State {
    ended: bool,
    waker: Option<GuardedWaker>,
}

pub(crate) struct Exit {
    /// The system's handle of the wait; an integer, since it is not a pointer to dereference.
    wait: usize,
    state: Arc<Mutex<State>>,
    /// Kept open as long as the wait is registered.
    _process: OwnedHandle,
}

impl Exit {
    /// Starts to watch the child. It may have ended before.
    pub(crate) fn watch(child: &StdChild) -> io::Result<Self> {
        let process = child.as_handle().try_clone_to_owned()?;
        let state = Arc::new(Mutex::new(State::default()));
        let mut wait: HANDLE = ptr::null_mut();
        // SAFETY: `wait` is written to at once. `Exit` keeps the process's handle and `state` until
        // its drop has ended the wait.
        let registered = unsafe {
            RegisterWaitForSingleObject(
                &mut wait,
                process.as_raw_handle(),
                Some(ended),
                Arc::as_ptr(&state).cast_mut().cast(),
                INFINITE,
                WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE,
            )
        };
        if registered == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            wait: wait as usize,
            state,
            _process: process,
        })
    }

    /// Waits until the child should be checked. It never fails here; on other platforms it may.
    ///
    /// Cancel safe: the notification is kept.
    pub(crate) async fn changed(&mut self) -> io::Result<()> {
        poll_fn(|cx| {
            // Cloned and dropped outside the lock: a waker may run any code.
            let waker = cx.waker().into();
            let mut state = self.state.lock();
            if state.ended {
                return Poll::Ready(Ok(()));
            }
            let before = state.waker.replace(waker);
            drop(state);
            drop(before);
            Poll::Pending
        })
        .await
    }
}

/// The callback. It must not block for long, and does not.
unsafe extern "system" fn ended(state: *mut c_void, _timed_out: bool) {
    // SAFETY: the pointer comes from `watch`; `Exit` keeps the object until no callback can start
    // or run.
    let state = unsafe { &*state.cast::<Mutex<State>>() };
    let waker = {
        let mut state = state.lock();
        state.ended = true;
        state.waker.take()
    };
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Drop for Exit {
    fn drop(&mut self) {
        // SAFETY: registered by `watch`, and unregistered only here. With `INVALID_HANDLE_VALUE`
        // the call waits for a running callback, so `state` and the process's handle may be freed
        // after it.
        let gone = unsafe { UnregisterWaitEx(self.wait as HANDLE, INVALID_HANDLE_VALUE) };
        if gone == 0 {
            // Never observed. Leak the memory rather than have the callback access it after it is
            // freed.
            std::mem::forget(self.state.clone());
        }
    }
}

impl fmt::Debug for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exit").finish_non_exhaustive()
    }
}
