//! `task_local!`: values that belong to a task, as those of `thread_local!` belong to a thread.
//!
//! A value is stored in the future that is its scope, and is in a thread-local only while that
//! future is polled or dropped. Invariant: code that swaps the two swaps them back, even after a
//! panic.

use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

/// Declares values that belong to a task; see [`task::LocalKey`](crate::task::LocalKey).
///
/// # Examples
///
/// ```
/// heist::task_local! {
///     /// Who sent the request.
///     pub static USER: String;
///     static DEPTH: u32;
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! task_local {
    () => {};
    ($(#[$attribute:meta])* $vis:vis static $name:ident: $type:ty; $($rest:tt)*) => {
        $crate::task_local!($(#[$attribute])* $vis static $name: $type);
        $crate::task_local!($($rest)*);
    };
    ($(#[$attribute:meta])* $vis:vis static $name:ident: $type:ty) => {
        $(#[$attribute])*
        $vis static $name: $crate::task::LocalKey<$type> = {
            ::std::thread_local! {
                static VALUE: ::std::cell::RefCell<::std::option::Option<$type>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }
            $crate::task::LocalKey::__new(VALUE)
        };
    };
}

/// A value that belongs to a task, declared by [`task_local!`](crate::task_local).
///
/// It has a value within [`scope`](Self::scope), for one future and everything that it calls and
/// awaits. A task that it spawns does not have the value.
///
/// # Examples
///
/// ```
/// heist::task_local! {
///     static USER: &'static str;
/// }
///
/// async fn greet() -> String {
///     heist::task::yield_now().await;
///     format!("hello, {}", USER.get())
/// }
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let one = heist::spawn(USER.scope("Ada", greet()));
/// let other = heist::spawn(USER.scope("Grace", greet()));
/// assert_eq!(one.await.unwrap(), "hello, Ada");
/// assert_eq!(other.await.unwrap(), "hello, Grace");
/// assert!(USER.try_with(|_| ()).is_err());
/// # });
/// # std::io::Result::Ok(())
/// ```
pub struct LocalKey<T: 'static> {
    value: thread::LocalKey<RefCell<Option<T>>>,
}

impl<T: 'static> LocalKey<T> {
    /// Used by the macro.
    #[doc(hidden)]
    pub const fn __new(value: thread::LocalKey<RefCell<Option<T>>>) -> Self {
        Self { value }
    }

    /// Returns a future that runs `future` with this value. Scopes may be nested, each with its own
    /// value.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static USER: &'static str;
    /// }
    ///
    /// async fn shout() -> String {
    ///     USER.get().to_uppercase()
    /// }
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// assert_eq!(USER.scope("Ada", shout()).await, "ADA");
    /// assert_eq!(USER.scope("Ada", USER.scope("Grace", shout())).await, "GRACE");
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn scope<F: Future>(&'static self, value: T, future: F) -> TaskLocalFuture<T, F> {
        TaskLocalFuture {
            key: self,
            value: Some(value),
            future: Some(future),
            _pinned: PhantomPinned,
        }
    }

    /// Calls `f` with this value set.
    ///
    /// # Panics
    ///
    /// Panics if the value is in use, that is, within [`with`](Self::with) of the same key.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static USER: &'static str;
    /// }
    ///
    /// assert_eq!(USER.sync_scope("Ada", || USER.get().len()), 3);
    /// ```
    #[track_caller]
    pub fn sync_scope<R>(&'static self, value: T, f: impl FnOnce() -> R) -> R {
        let mut value = Some(value);
        match self.swapped(&mut value, f) {
            Ok(result) => result,
            Err(in_use) => panic!("{in_use}"),
        }
    }

    /// Calls `f` while `value` is in the thread-local.
    fn swapped<R>(
        &'static self,
        value: &mut Option<T>,
        f: impl FnOnce() -> R,
    ) -> Result<R, ScopeError> {
        struct SwapBack<'a, T: 'static> {
            key: &'static LocalKey<T>,
            value: &'a mut Option<T>,
        }
        impl<T> Drop for SwapBack<'_, T> {
            fn drop(&mut self) {
                // Swapping succeeded before, and all borrows made since have ended.
                let _ = self.key.swap(self.value);
            }
        }
        self.swap(value)?;
        let _swap_back = SwapBack { key: self, value };
        Ok(f())
    }

    fn swap(&'static self, value: &mut Option<T>) -> Result<(), ScopeError> {
        let swapped = self.value.try_with(|current| {
            let mut current = current.try_borrow_mut().map_err(|_| ScopeError::InUse)?;
            mem::swap(&mut *current, value);
            Ok(())
        });
        swapped.unwrap_or(Err(ScopeError::ThreadEnds))
    }

    /// Calls `f` with the value of the current task.
    ///
    /// # Panics
    ///
    /// Panics outside a [`scope`](Self::scope) of this key; see [`try_with`](Self::try_with).
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static USER: &'static str;
    /// }
    ///
    /// assert_eq!(USER.sync_scope("Ada", || USER.with(|name| name.len())), 3);
    /// ```
    #[track_caller]
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        match self.try_with(f) {
            Ok(result) => result,
            Err(error) => panic!("{error}"),
        }
    }

    /// Calls `f` with the value of the current task.
    ///
    /// # Errors
    ///
    /// Returns an error outside a [`scope`](Self::scope) of this key.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static USER: &'static str;
    /// }
    ///
    /// assert_eq!(USER.sync_scope("Ada", || USER.try_with(|name| name.len())), Ok(3));
    /// assert!(USER.try_with(|name| name.len()).is_err());
    /// ```
    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let called = self.value.try_with(|value| value.borrow().as_ref().map(f));
        called.ok().flatten().ok_or(AccessError(()))
    }

    /// Returns a clone of the current task's value.
    ///
    /// # Panics
    ///
    /// Panics outside a [`scope`](Self::scope) of this key.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static USER: &'static str;
    /// }
    ///
    /// assert_eq!(USER.sync_scope("Ada", || USER.get()), "Ada");
    /// ```
    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// Returns a clone of the current task's value.
    ///
    /// # Errors
    ///
    /// Returns an error outside a [`scope`](Self::scope) of this key.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static USER: &'static str;
    /// }
    ///
    /// assert_eq!(USER.sync_scope("Ada", || USER.try_get()), Ok("Ada"));
    /// assert!(USER.try_get().is_err());
    /// ```
    pub fn try_get(&'static self) -> Result<T, AccessError>
    where
        T: Clone,
    {
        self.try_with(T::clone)
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

/// Why a scope cannot be entered.
enum ScopeError {
    InUse,
    ThreadEnds,
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InUse => "a scope of a task-local value was entered while the value was in use",
            Self::ThreadEnds => "a scope of a task-local value was entered while the thread ends",
        })
    }
}

pin_project! {
    /// The future of [`LocalKey::scope`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::TaskLocalFuture;
    /// use std::future::Ready;
    ///
    /// heist::task_local! {
    ///     static USER: &'static str;
    /// }
    ///
    /// let future: TaskLocalFuture<_, Ready<u8>> = USER.scope("Ada", std::future::ready(7));
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// assert_eq!(future.await, 7);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct TaskLocalFuture<T, F>
    where
        T: 'static,
    {
        key: &'static LocalKey<T>,
        value: Option<T>,
        // `None` once the future has been dropped, which happens within the scope.
        #[pin]
        future: Option<F>,
        #[pin]
        _pinned: PhantomPinned,
    }

    impl<T, F> PinnedDrop for TaskLocalFuture<T, F>
    where
        T: 'static,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                // If this fails, the future is dropped afterwards, without the value.
                let _ = this.key.swapped(this.value, || this.future.set(None));
            }
        }
    }
}

impl<T: 'static, F> TaskLocalFuture<T, F> {
    /// Takes the value out, usually when the future has completed. If the future is polled again,
    /// it finds no value.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static USER: &'static str;
    /// }
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut future = std::pin::pin!(USER.scope("Ada", async {}));
    /// future.as_mut().await;
    /// assert_eq!(future.take_value(), Some("Ada"));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn take_value(self: Pin<&mut Self>) -> Option<T> {
        self.project().value.take()
    }
}

impl<T: 'static, F: Future> Future for TaskLocalFuture<T, F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let polled = this.key.swapped(this.value, || {
            let future = this.future.as_mut().as_pin_mut();
            let polled = future.map(|future| future.poll(cx));
            if let Some(Poll::Ready(_)) = polled {
                this.future.set(None);
            }
            polled
        });
        match polled {
            Ok(Some(polled)) => polled,
            Ok(None) => panic!("a `TaskLocalFuture` was polled after it was ready"),
            Err(error) => panic!("{error}"),
        }
    }
}

impl<T: fmt::Debug + 'static, F> fmt::Debug for TaskLocalFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocalFuture")
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

/// The error when the current task is not in a scope of the key, so that there is no value.
///
/// # Examples
///
/// ```
/// heist::task_local! {
///     static USER: &'static str;
/// }
///
/// let error: heist::task::AccessError = USER.try_get().unwrap_err();
/// assert!(error.to_string().contains("outside its scope"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccessError(());

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a task-local value was read outside its scope")
    }
}

impl std::error::Error for AccessError {}
