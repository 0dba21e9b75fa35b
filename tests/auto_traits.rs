//! Checks, at compile time, which types are `Send`, `Sync` and `Unpin`, and which may be used after
//! a caught panic: as tokio's types of the same name, and correspondingly for heist's own types.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

/// `Send` and `Sync`.
type Yy = u8;
/// `Send` only.
type Yn = Cell<u8>;
/// Neither of them.
type Nn = Rc<u8>;

/// Does not compile if the type has the trait, since the call is then ambiguous.
macro_rules! lacks {
    ($type:ty, $trait:path) => {
        const _: fn() = || {
            struct IfSo;
            trait Ambiguous<A> {
                fn some() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + $trait> Ambiguous<IfSo> for T {}
            let _ = <$type as Ambiguous<_>>::some;
        };
    };
}

macro_rules! has {
    ($type:ty, $($trait:path),*) => {
        const _: fn() = || {
            fn check<T: ?Sized $(+ $trait)*>() {}
            let _ = check::<$type>;
        };
    };
}

/// The traits that nearly all types have.
macro_rules! all {
    ($($type:ty,)*) => {
        $(has!($type, Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);)*
    };
}

mod runtime {
    use super::*;
    use heist::runtime::*;

    all!(
        Runtime,
        Handle,
        RuntimeMetrics,
        Id,
        Dump,
        Stall,
        LiveTask,
        ShutdownReport,
        TryCurrentError,
        BuildError,
    );
    has!(Builder, Send, Sync, Unpin);
    has!(EnterGuard<'_>, Sync, Unpin);
    lacks!(EnterGuard<'_>, Send);
}

mod task {
    use super::*;
    use heist::task::*;
    use std::future::Ready;

    all!(
        JoinHandle<Yy>,
        JoinSet<Yy>,
        AbortHandle,
        CancellationToken,
        DropGuard,
        WaitForCancellationFuture<'_>,
        WaitForCancellationFutureOwned,
        Id,
        Builder<'_>,
        TaskGroup<Yy, Yy>,
        Unconstrained<Ready<Yy>>,
    );
    has!(JoinHandle<Yn>, Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    has!(JoinSet<Yn>, Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    has!(JoinError, Send, Sync, Unpin);
    has!(JoinHandle<Nn>, Unpin);
    lacks!(JoinHandle<Nn>, Send);
    lacks!(JoinHandle<Nn>, Sync);
    has!(JoinSet<Nn>, Unpin);
    lacks!(JoinSet<Nn>, Send);
    lacks!(JoinSet<Nn>, Sync);
    has!(LocalSet, Unpin, UnwindSafe, RefUnwindSafe);
    lacks!(LocalSet, Send);
    lacks!(LocalSet, Sync);
    lacks!(LocalEnterGuard, Send);
}

mod time {
    use super::*;
    use heist::time::*;
    use std::future::{Future, Ready};
    use std::pin::Pin;

    all!(Instant, Interval, Elapsed, MissedTickBehavior,);
    has!(Sleep, Send, Sync, UnwindSafe, RefUnwindSafe);
    lacks!(Sleep, Unpin);
    has!(Timeout<Ready<Yy>>, Send, Sync, UnwindSafe, RefUnwindSafe);
    lacks!(Timeout<Ready<Yy>>, Unpin);
    type SendOnly = Pin<Box<dyn Future<Output = Yy> + Send>>;
    has!(Timeout<SendOnly>, Send);
    lacks!(Timeout<SendOnly>, Sync);
}

mod net {
    use super::*;
    use heist::net::*;

    all!(
        TcpListener,
        TcpSocket,
        TcpStream,
        UdpSocket,
        tcp::Incoming<'_>,
        tcp::TcpKeepalive,
        stream::ReadHalf<'_, TcpStream>,
        stream::WriteHalf<'_, TcpStream>,
        stream::OwnedReadHalf<TcpStream>,
        stream::OwnedWriteHalf<TcpStream>,
        serve::Stats,
    );
    has!(tcp::ConnectError, Send, Sync, Unpin);

    #[cfg(unix)]
    all!(
        UnixDatagram,
        UnixListener,
        UnixSocket,
        UnixStream,
        unix::Incoming<'_>,
        unix::UCred,
        unix::pipe::Receiver,
        unix::pipe::Sender,
        unix::pipe::OpenOptions,
    );
}

mod io {
    use super::*;
    use heist::io::*;

    all!(Interest, Ready,);

    #[cfg(unix)]
    mod descriptors {
        use super::*;
        use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

        /// A descriptor together with another value.
        struct With<T>(OwnedFd, std::marker::PhantomData<T>);

        impl<T> AsFd for With<T> {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.0.as_fd()
            }
        }

        all!(AsyncFd<With<Yy>>, AsyncFdReadyGuard<'_, With<Yy>>,);
        has!(AsyncFd<With<Yn>>, Send, Unpin);
        lacks!(AsyncFd<With<Yn>>, Sync);
        lacks!(AsyncFd<With<Nn>>, Send);
        lacks!(AsyncFd<With<Nn>>, Sync);
        lacks!(AsyncFdReadyGuard<'_, With<Yn>>, Send);
        lacks!(AsyncFdReadyGuard<'_, With<Nn>>, Sync);
    }
}

mod signal {
    use super::*;
    use heist::signal::*;

    all!(
        Signal,
        Signals,
        SignalKind,
        Shutdown,
        ShutdownRequest,
        Reload,
    );

    #[cfg(unix)]
    all!(Origin, Process, SignalsWithOrigin,);
}

#[cfg(feature = "process")]
mod process {
    use super::*;
    use heist::process::*;

    all!(Child, ChildStdin, ChildStdout, ChildStderr,);
    has!(Command, Send, Sync, Unpin);
}

/// As in tokio, a guard does not prevent the runtime from being moved.
#[test]
fn a_runtime_may_end_while_there_is_a_guard() {
    use heist::runtime::{Handle, Runtime};
    {
        let runtime = Runtime::new().unwrap();
        let _guard = runtime.enter();
        runtime.shutdown_background();
        assert!(Handle::current().is_shut_down());
    }
    assert!(Handle::try_current().is_err());
}
