//! `Exit`: being told that a child may have ended. Whether it has is for std's `try_wait` to say.

#[cfg(unix)]
pub(crate) mod pidfd;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::Exit;
#[cfg(windows)]
pub(crate) use windows::Exit;
