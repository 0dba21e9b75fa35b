//! Runtimes: building, entering and ending them.

mod builder;
mod error;
mod handle;
mod id;
mod local;
mod started;

pub use builder::Builder;
pub use error::TryCurrentError;
pub use handle::{EnterGuard, Handle, RuntimeFlavor};
pub use heist_runtime::runtime::RuntimeMetrics;
pub use id::Id;
pub use local::{LocalOptions, LocalRuntime};
pub use started::Runtime;

pub use heist_runtime::runtime::{is_rt_shutdown_err, worker_index};
