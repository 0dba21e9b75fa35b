//! News of a child by a callback of the system's own thread pool.
//!
//! The invariant: the callback may come as long as the wait is registered, and what it gets a
//! pointer to lives longer than that.

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
struct News {
    ended: bool,
    waker: Option<GuardedWaker>,
}

pub(crate) struct Exit {
    /// The system's handle of the wait; as a number, since it is no pointer to be followed.
    wait: usize,
    news: Arc<Mutex<News>>,
    /// Open as long as it is waited for.
    _process: OwnedHandle,
}

impl Exit {
    /// From now on there will be news when the child ends. It may have ended before.
    pub(crate) fn watch(child: &StdChild) -> io::Result<Self> {
        let process = child.as_handle().try_clone_to_owned()?;
        let news = Arc::new(Mutex::new(News::default()));
        let mut wait: HANDLE = ptr::null_mut();
        // SAFETY: `wait` is written to at once. The process's handle and `news` are kept in `Exit`
        // until its drop has ended the wait.
        let registered = unsafe {
            RegisterWaitForSingleObject(
                &mut wait,
                process.as_raw_handle(),
                Some(ended),
                Arc::as_ptr(&news).cast_mut().cast(),
                INFINITE,
                WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE,
            )
        };
        if registered == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            wait: wait as usize,
            news,
            _process: process,
        })
    }

    /// Waits until there is reason to look. There are no errors here; elsewhere there are.
    ///
    /// Cancel safe: the news stay.
    pub(crate) async fn news(&mut self) -> io::Result<()> {
        poll_fn(|cx| {
            // Cloned, and dropped, outside the lock: that may run anything.
            let waker = cx.waker().into();
            let mut news = self.news.lock();
            if news.ended {
                return Poll::Ready(Ok(()));
            }
            let before = news.waker.replace(waker);
            drop(news);
            drop(before);
            Poll::Pending
        })
        .await
    }
}

/// The callback. It must not block for long, and does not.
unsafe extern "system" fn ended(news: *mut c_void, _timed_out: bool) {
    // SAFETY: `watch` gave the pointer, to what `Exit` keeps until no callback can come or run.
    let news = unsafe { &*news.cast::<Mutex<News>>() };
    let waker = {
        let mut news = news.lock();
        news.ended = true;
        news.waker.take()
    };
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Drop for Exit {
    fn drop(&mut self) {
        // SAFETY: registered by `watch`, and unregistered only here. Told to, it waits for a
        // callback that is running; so `news` and the process's handle can go after it.
        let gone = unsafe { UnregisterWaitEx(self.wait as HANDLE, INVALID_HANDLE_VALUE) };
        if gone == 0 {
            // Never seen. Rather than have the callback find freed memory, leave it there.
            std::mem::forget(self.news.clone());
        }
    }
}

impl fmt::Debug for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exit").finish_non_exhaustive()
    }
}
