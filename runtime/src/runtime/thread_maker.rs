//! Creates a runtime's threads: their names, their stacks, and what they run first and last.
//!
//! Used by any thread that needs another. The names and hooks are the user's code, which may panic;
//! where it could block other work, the caller runs this as an errand.

use super::build_error::BuildError;
use crate::named_error::NamedError;
use crate::scheduler::{Hook, Membership, run_hook};
use crate::{inheritance, panics};
use std::sync::Arc;
use std::{io, thread};

/// How threads are named.
#[derive(Clone)]
pub(super) enum ThreadName {
    /// `heist-worker-N`, `heist-blocking-N`, `heist-watchdog`, or with the runtime's name in place
    /// of `heist`.
    ByRole,
    Same(String),
    Made(Arc<dyn Fn() -> String + Send + Sync>),
}

pub(super) struct ThreadMaker {
    pub(super) runtime: Option<Arc<str>>,
    pub(super) naming: ThreadName,
    pub(super) stack_size: usize,
    pub(super) on_start: Option<Hook>,
    pub(super) on_stop: Option<Hook>,
}

impl ThreadMaker {
    /// Returns whether the user's code runs on the thread that starts another.
    pub(super) fn runs_user_code(&self) -> bool {
        matches!(self.naming, ThreadName::Made(_))
    }

    /// Returns whether the user's code runs before a thread does its work, on it or on the thread
    /// that starts it.
    pub(super) fn user_goes_first(&self) -> bool {
        self.runs_user_code() || self.on_start.is_some()
    }

    /// Returns the default name of a thread with this role.
    pub(super) fn name_by_role(&self, role: &str) -> String {
        format!("{}-{role}", self.runtime.as_deref().unwrap_or("heist"))
    }

    /// Returns the name of a thread with this role for which work waits: a failure to make a name
    /// must not keep it waiting.
    pub(super) fn name_at_any_rate(&self, role: &str) -> String {
        self.name(role).unwrap_or_else(|_| self.name_by_role(role))
    }

    /// Returns the name of a thread with this role.
    pub(super) fn name(&self, role: &str) -> io::Result<String> {
        let name = match &self.naming {
            ThreadName::ByRole => self.name_by_role(role),
            ThreadName::Same(name) => name.clone(),
            ThreadName::Made(make) => panics::catch(|| make())
                .map_err(|_| io::Error::other("`thread_name_fn` has panicked"))?,
        };
        match name.contains('\0') {
            true => Err(BuildError::nul_in_name("thread_name_fn", &name).into()),
            false => Ok(name),
        }
    }

    pub(super) fn start(
        &self,
        role: &str,
        body: impl FnOnce() + Send + 'static,
    ) -> io::Result<thread::JoinHandle<()>> {
        self.start_bare(self.name(role)?, Box::new(body))
    }

    /// Like `start`, for a member of the runtime, with the user's hooks around the body, and after
    /// `first`.
    pub(super) fn start_hooked(
        &self,
        role: &str,
        membership: Membership,
        first: impl FnOnce() + Send + 'static,
        body: impl FnOnce() + Send + 'static,
    ) -> io::Result<thread::JoinHandle<()>> {
        self.start_named(self.name(role)?, membership, first, body)
    }

    /// Like `start_hooked`, with this name.
    pub(super) fn start_named(
        &self,
        name: String,
        membership: Membership,
        first: impl FnOnce() + Send + 'static,
        body: impl FnOnce() + Send + 'static,
    ) -> io::Result<thread::JoinHandle<()>> {
        let (on_start, on_stop) = (self.on_start.clone(), self.on_stop.clone());
        let hooked = move || {
            membership.begin();
            first();
            run_hook(on_start.as_ref());
            body();
            run_hook(on_stop.as_ref());
        };
        self.start_bare(name, Box::new(hooked))
    }

    fn start_bare(
        &self,
        name: String,
        body: Box<dyn FnOnce() + Send>,
    ) -> io::Result<thread::JoinHandle<()>> {
        let thread = thread::Builder::new()
            .name(name)
            .stack_size(self.stack_size);
        inheritance::start_thread(thread, body)
            .map_err(|error| NamedError::about("cannot start a thread", error))
    }
}
