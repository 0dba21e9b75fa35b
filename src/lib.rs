#![doc = include_str!("../README.md")]

pub use heist_macros::{main, test};
pub use heist_runtime::{runtime, spawn, spawn_blocking, task, time};
pub use heist_signals as signal;

#[cfg(feature = "hyper")]
pub use heist_net::hyper;

pub mod net {
    //! Async sockets.
    pub use heist_net::*;
}

pub mod io {
    //! Reading and writing: the traits of `futures-io` with their conveniences, and
    //! [`AsyncFd`] for awaiting any descriptor.
    pub use futures_lite::io::*;
    #[doc(inline)]
    pub use heist_net::io::copy_bidirectional;
    pub use heist_runtime::io::{
        AsyncFd, AsyncFdReadyGuard, Direction, Interest, Ready, TryIoError,
    };
}
