//! A short count is taken as "no more is available" only where that is true: each descriptor here
//! returns less than was requested, although more is available.
#![cfg(target_os = "linux")]

use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use heist::net::unix::pipe;
use heist::net::{AsyncFd, TcpListener, TcpStream, UnixStream};
use heist::time::timeout;
use heist_runtime::io::{Direction, Interest};
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
    sendmsg, socketpair,
};
use rustix::pipe::{PipeFlags, pipe_with};

/// More packets than events: the first read needs none, and the registration causes one.
const PACKETS: [&[u8]; 4] = [b"one, ", b"two, ", b"three, ", b"four"];

/// Panics if the future would wait for ever.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    let done = timeout(Duration::from_secs(30), what).await;
    done.expect("it waits although data is available")
}

async fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await;
    (near.unwrap(), listener.accept().await.unwrap().0)
}

/// Reads into a larger buffer, repeatedly, until `expected` has arrived.
macro_rules! assert_reads {
    ($reader:expr, $expected:expr) => {
        let mut all = Vec::new();
        while all.len() < $expected.len() {
            let mut buf = [0; 4096];
            let len = soon($reader.read(&mut buf)).await.unwrap();
            assert_ne!(len, 0, "{all:?} is the end");
            all.extend_from_slice(&buf[..len]);
        }
        assert_eq!(all, $expected);
    };
}

#[heist::test]
async fn more_buffers_than_the_system_takes() {
    const BUFFERS: usize = 3_000;
    let (mut near, mut far) = tcp_pair().await;
    let byte = [7; 1];
    let bufs = vec![IoSlice::new(&byte); BUFFERS];
    let mut written = 0;
    while written < BUFFERS {
        written += soon(near.write_vectored(&bufs[written..])).await.unwrap();
    }
    let mut bytes = [0; BUFFERS];
    let mut count = 0;
    while count < BUFFERS {
        let mut bufs: Vec<_> = bytes.chunks_mut(1).map(IoSliceMut::new).collect();
        bufs.push(IoSliceMut::new(&mut []));
        count += soon(far.read_vectored(&mut bufs)).await.unwrap();
    }
    assert_eq!(count, BUFFERS);
}

#[heist::test]
async fn descriptors_come_along_with_the_bytes() {
    let (near, far) = StdUnixStream::pair().unwrap();
    let far = UnixStream::from_std(far).unwrap();
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    for _ in 0..3 {
        let mut control = SendAncillaryBuffer::new(&mut room);
        let fds = [near.as_fd()];
        assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
        let bytes = [IoSlice::new(b"with")];
        sendmsg(&near, &bytes, &mut control, SendFlags::empty()).unwrap();
        (&near).write_all(b"out").unwrap();
        assert_reads!(far, b"without");
    }
}

#[heist::test]
async fn the_sender_changes() {
    let (near, far) = StdUnixStream::pair().unwrap();
    rustix::net::sockopt::set_socket_passcred(&far, true).unwrap();
    let far = UnixStream::from_std(far).unwrap();
    (&near).write_all(b"ours, ").unwrap();
    let other = OwnedFd::from(near.try_clone().unwrap());
    let status = Command::new("printf").arg("theirs").stdout(other).status();
    assert!(status.unwrap().success());
    assert_reads!(far, b"ours, theirs");
}

#[heist::test]
async fn pipes_in_packet_mode() {
    let (receiver, sender) = pipe_with(PipeFlags::DIRECT).unwrap();
    let receiver = pipe::Receiver::from_owned_fd(receiver).unwrap();
    for packet in PACKETS {
        rustix::io::write(&sender, packet).unwrap();
    }
    assert_reads!(receiver, PACKETS.concat());
}

#[heist::test]
async fn packets_taken_for_a_stream() {
    let packets = || {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let pair = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None);
        let (near, far) = pair.unwrap();
        for packet in PACKETS {
            rustix::io::write(&near, packet).unwrap();
        }
        (near, far)
    };
    let (_near, far) = packets();
    let far = UnixStream::from_std(far.into()).unwrap();
    assert_reads!(far, PACKETS.concat());
    let (_near, far) = packets();
    let far = TcpStream::from_std(far.into()).unwrap();
    assert_reads!(far, PACKETS.concat());
    let (_near, far) = packets();
    let far = pipe::Receiver::from_owned_fd_unchecked(far).unwrap();
    assert_reads!(far, PACKETS.concat());
    let (_near, far) = packets();
    let far = AsyncFd::new(StdUnixStream::from(far)).unwrap();
    for packet in PACKETS {
        let mut buf = [0; 64];
        let read = |mut far: &StdUnixStream| far.read(&mut buf);
        let read = far.async_io_bytes(Direction::Read, 64, read);
        assert_eq!(soon(read).await.unwrap(), packet.len());
    }
}

/// The purpose of the optimisation: a request is read without a second system call, which would
/// find nothing.
#[heist::test]
async fn a_short_read_of_a_connection_is_not_repeated() {
    // Without separate events for a closed stream a short read proves nothing.
    if cfg!(any(heist_portable_driver, not(target_os = "linux"))) {
        return;
    }
    let (near, far) = tcp_pair().await;
    let (unix_near, unix_far) = UnixStream::pair().unwrap();
    macro_rules! check {
        ($near:expr, $far:expr) => {
            // Consumes the initial readiness, so that the event is awaited.
            let block = || std::io::Result::<()>::Err(ErrorKind::WouldBlock.into());
            while $far.try_io(Interest::READABLE, block).is_err()
                && futures_lite::future::poll_once($far.readable())
                    .await
                    .is_some()
            {}
            $near.write(b"hello").await.unwrap();
            soon($far.readable()).await.unwrap();
            assert_eq!(soon($far.read(&mut [0; 64])).await.unwrap(), 5);
            let tried = AtomicBool::new(false);
            let _ = $far.try_io(Interest::READABLE, || {
                tried.store(true, SeqCst);
                std::io::Result::<()>::Err(ErrorKind::WouldBlock.into())
            });
            assert!(!tried.load(SeqCst), "it still counts as readable");
        };
    }
    check!(near, far);
    check!(unix_near, unix_far);
}

extern "C" fn ignore(_signal: libc::c_int) {}

/// Interrupts this thread every 50 µs from now on, wherever it is, like a sampling profiler.
fn interrupt_this_thread() {
    // SAFETY: zeros are valid values of these types, the handler does nothing, and the timer's
    // signals go only to this thread.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = ignore as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        assert_eq!(
            libc::sigaction(libc::SIGUSR2, &action, std::ptr::null_mut()),
            0
        );
        let mut event: libc::sigevent = std::mem::zeroed();
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = libc::SIGUSR2;
        event.sigev_notify_thread_id = libc::gettid();
        let mut timer = std::mem::zeroed();
        assert_eq!(
            libc::timer_create(libc::CLOCK_MONOTONIC, &mut event, &mut timer),
            0
        );
        let mut every: libc::itimerspec = std::mem::zeroed();
        every.it_interval.tv_nsec = 50_000;
        every.it_value.tv_nsec = 50_000;
        assert_eq!(
            libc::timer_settime(timer, 0, &every, std::ptr::null_mut()),
            0
        );
    }
}

/// `splice` stops between two buffers of the pipe when a signal is pending.
#[test]
fn a_copy_survives_interruption_by_signals() {
    const LEN: usize = 64 << 20;
    let runtime = heist::runtime::Builder::new()
        .worker_threads(1)
        .on_thread_start(interrupt_this_thread)
        .build()
        .unwrap();
    let (listener, sink) = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        (
            listener,
            std::net::TcpListener::bind("127.0.0.1:0").unwrap(),
        )
    });
    let (to, from) = (listener.local_addr().unwrap(), sink.local_addr().unwrap());
    let sending = std::thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(to).unwrap();
        stream.set_nodelay(true).unwrap();
        // Bytes of another stream, written by the same thread, so that those of the copied stream
        // are not contiguous in memory: few fit in one buffer of a pipe, and one splice moves many
        // buffers.
        let (mut other, drain) = StdUnixStream::pair().unwrap();
        let draining = std::thread::spawn(move || {
            std::io::copy(&mut &drain, &mut std::io::sink()).unwrap();
        });
        let chunk = [7; 2048];
        for _ in 0..LEN / chunk.len() {
            stream.write_all(&chunk).unwrap();
            other.write_all(&[7; 64]).unwrap();
        }
        drop(other);
        draining.join().unwrap();
    });
    let receiving = std::thread::spawn(move || {
        let (mut stream, _) = sink.accept().unwrap();
        std::io::copy(&mut stream, &mut std::io::sink()).unwrap()
    });
    let copying = runtime.spawn(async move {
        let mut reader = listener.accept().await.unwrap().0;
        let mut writer = TcpStream::connect(from).await.unwrap();
        heist::net::copy(&mut reader, &mut writer).await
    });
    let copied = runtime.block_on(timeout(Duration::from_secs(50), copying));
    let copied = copied.expect("the copy has stopped").unwrap().unwrap();
    assert_eq!(copied, LEN as u64);
    sending.join().unwrap();
    assert_eq!(receiving.join().unwrap(), LEN as u64);
}
