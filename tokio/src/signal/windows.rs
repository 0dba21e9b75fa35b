//! Ctrl-C and Ctrl-Break.

use heist_signals::SignalKind;
use std::io;
use std::task::{Context, Poll};

/// A listener, and the function that creates it.
macro_rules! listener {
    ($Name:ident, $make:ident, $kind:ident, $what:literal) => {
        #[doc = concat!("Listens for ", $what, ".")]
        ///
        /// # Errors
        ///
        /// Returns the error of the operating system.
        ///
        /// # Panics
        ///
        /// Panics if called outside a runtime.
        #[track_caller]
        pub fn $make() -> io::Result<$Name> {
            let inner = super::listen(SignalKind::$kind())?;
            Ok($Name { inner })
        }

        #[doc = concat!("A listener for ", $what, ".")]
        #[must_use = "listeners do nothing unless polled"]
        #[derive(Debug)]
        pub struct $Name {
            inner: heist_signals::Signal,
        }

        impl $Name {
            /// Waits for the next one. Returns `None` if the runtime has ended. Cancel safe.
            pub async fn recv(&mut self) -> Option<()> {
                self.inner.recv().await
            }

            /// Polls for the next one.
            pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
                self.inner.poll_recv(cx)
            }
        }
    };
}

listener!(CtrlC, ctrl_c, interrupt, "Ctrl-C");
listener!(CtrlBreak, ctrl_break, ctrl_break, "Ctrl-Break");
