//! Types that may be used after a caught panic: no panic leaves them in an inconsistent state.
//!
//! The user's code does not run while the runtime's own state is being changed (see `panics`), and
//! types that hold users' values protect them by locks of their own. The compiler cannot infer this
//! of interior mutability, so it is declared here, for the types that all others consist of, as in
//! tokio.

use crate::cancellation::CancellationToken;
use crate::poller::Source;
use crate::runtime::{Handle, Runtime};
use crate::scheduler::Shared;
use crate::structured::{JoinSet, LocalSet, TaskGroup};
use crate::tasks::{JoinHandle, TaskRef};
use crate::time::Sleep;
use crate::timers::TimerShard;
use std::panic::{RefUnwindSafe, UnwindSafe};

impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}
impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}
impl UnwindSafe for Shared {}
impl RefUnwindSafe for Shared {}
impl UnwindSafe for Source {}
impl RefUnwindSafe for Source {}
impl UnwindSafe for TimerShard {}
impl RefUnwindSafe for TimerShard {}
impl UnwindSafe for Sleep {}
impl RefUnwindSafe for Sleep {}
impl UnwindSafe for TaskRef {}
impl RefUnwindSafe for TaskRef {}
impl UnwindSafe for CancellationToken {}
impl RefUnwindSafe for CancellationToken {}
impl UnwindSafe for LocalSet {}
impl RefUnwindSafe for LocalSet {}
impl<T> UnwindSafe for JoinHandle<T> {}
impl<T> RefUnwindSafe for JoinHandle<T> {}
impl<T> UnwindSafe for JoinSet<T> {}
impl<T> RefUnwindSafe for JoinSet<T> {}
impl<T, E> UnwindSafe for TaskGroup<T, E> {}
impl<T, E> RefUnwindSafe for TaskGroup<T, E> {}
