//! Child processes.
//!
//! On Unix only; on other systems the module is empty.

#[cfg(unix)]
mod child;
#[cfg(unix)]
mod command;
#[cfg(unix)]
mod pipes;

#[cfg(unix)]
pub use child::Child;
#[cfg(unix)]
pub use command::Command;
#[cfg(unix)]
pub use pipes::{ChildStderr, ChildStdin, ChildStdout};
