//! Connections: what they carry, how they end.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::pin::pin;

use futures_lite::future::{block_on, poll_once};
use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{UnixListener, UnixStream};
use heist::runtime::Runtime;

use crate::Path;

#[heist::test]
async fn a_huge_write_reaches_a_slow_reader_whole() -> io::Result<()> {
    let (mut writer, reader) = UnixStream::pair()?;
    let sent: Vec<u8> = (0..5_000_011_u32).map(|at| (at % 251) as u8).collect();
    let expected = sent.clone();
    let writing = heist::spawn(async move {
        writer.write_all(&sent).await?;
        writer.close().await
    });
    let mut received: Vec<u8> = Vec::new();
    let mut buf = vec![0; 70_001];
    for size in [1, 4096, 70_001, 333].into_iter().cycle() {
        let count = reader.read(&mut buf[..size]).await?;
        if count == 0 {
            break;
        }
        received.extend(&buf[..count]);
        heist::task::yield_now().await;
    }
    assert!(received == expected);
    writing.await.unwrap()
}

#[heist::test]
async fn a_dropped_read_loses_no_byte() -> io::Result<()> {
    let (writer, reader) = UnixStream::pair()?;
    for round in 0..100_u8 {
        let mut buf = [0; 8];
        assert!(poll_once(reader.read(&mut buf)).await.is_none());
        writer.write(&[round]).await?;
        let count = reader.read(&mut buf).await?;
        assert_eq!((count, buf[0]), (1, round));
    }
    Ok(())
}

#[heist::test]
async fn both_directions_can_be_closed_separately() -> io::Result<()> {
    let (one, other) = UnixStream::pair()?;
    one.shutdown_std(Shutdown::Write)?;
    assert_eq!(other.read(&mut [0]).await?, 0);
    other.write(b"x").await?;
    assert_eq!(one.read(&mut [0]).await?, 1);
    let error = one.write(b"x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    Ok(())
}

#[heist::test]
async fn a_peer_that_is_gone_ends_a_waiting_write() -> io::Result<()> {
    let (full, reader) = UnixStream::pair()?;
    while full.try_write(&[0; 65536]).is_ok() {}
    let error = {
        let mut write = pin!(full.write(&[0; 65536]));
        assert!(poll_once(&mut write).await.is_none());
        drop(reader);
        write.await.unwrap_err()
    };
    assert!(
        matches!(
            error.kind(),
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
        ),
        "{error}"
    );
    Ok(())
}

#[heist::test]
async fn owned_halves_work_in_two_tasks_and_reunite() -> io::Result<()> {
    let (one, mut other) = UnixStream::pair()?;
    let (mut reader, mut writer) = one.into_split();
    let writing = heist::spawn(async move {
        writer.write_all(&[7; 1_000_000]).await?;
        io::Result::Ok(writer)
    });
    let echo = heist::spawn(async move {
        let mut all = vec![0; 1_000_000];
        other.read_exact(&mut all).await?;
        other.write_all(&all).await?;
        io::Result::Ok(other)
    });
    let mut back = vec![0; 1_000_000];
    reader.read_exact(&mut back).await?;
    assert!(back.iter().all(|byte| *byte == 7));
    let other = echo.await.unwrap()?;
    let mut one = reader.reunite(writing.await.unwrap()?).unwrap();
    one.write_all(b"still open").await?;
    assert_eq!(other.read(&mut [0; 64]).await?, 10);
    // Dropping the writing half ends only its direction.
    let (_reader, writer) = one.into_split();
    drop(writer);
    assert_eq!(other.read(&mut [0; 64]).await?, 0);
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[heist::test]
async fn the_peer_is_known() -> io::Result<()> {
    let path = Path::new();
    let listener = UnixListener::bind(&path.0)?;
    let client = UnixStream::connect(&path.0).await?;
    let (server, peer) = listener.accept().await?;
    assert!(peer.is_unnamed());
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    for stream in [&client, &server] {
        let cred = stream.peer_cred()?;
        assert_eq!(cred.pid(), Some(std::process::id() as i32));
        assert_eq!((cred.uid(), cred.gid()), (user.as_raw(), group.as_raw()));
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn a_peer_that_is_no_visible_process_has_no_id() -> io::Result<()> {
    // Without a peer the system reports what it reports for one in another container.
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::STREAM,
        None,
    )?;
    let alone = UnixStream::from_std(socket.into())?;
    assert_eq!(alone.peer_cred()?.pid(), None);
    Ok(())
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn descriptors_can_be_passed_by_system_calls_of_ones_own() -> io::Result<()> {
    use std::io::{IoSlice, IoSliceMut};
    use std::mem::MaybeUninit;
    use std::os::fd::AsFd;

    use heist::io::Interest;
    use rustix::net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
    };

    let (one, other) = UnixStream::pair()?;
    let receiving = heist::spawn(async move {
        other
            .async_io(Interest::READABLE, || {
                let mut byte = [0];
                let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
                let mut control = RecvAncillaryBuffer::new(&mut space);
                let bufs = &mut [IoSliceMut::new(&mut byte)];
                recvmsg(&other, bufs, &mut control, RecvFlags::empty())?;
                let fds = control.drain().find_map(|message| match message {
                    RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
                    _ => None,
                });
                fds.ok_or_else(|| io::Error::other("no descriptor came"))
            })
            .await
    });
    let (mut passed, kept) = std::os::unix::net::UnixStream::pair()?;
    one.async_io(Interest::WRITABLE, || {
        let fds = [kept.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
        Ok(sendmsg(
            &one,
            &[IoSlice::new(b"x")],
            &mut control,
            SendFlags::empty(),
        )?)
    })
    .await?;
    drop(kept);
    let received = std::os::unix::net::UnixStream::from(receiving.await.unwrap()?);
    io::Write::write_all(&mut &received, b"from afar")?;
    let mut buf = [0; 9];
    io::Read::read_exact(&mut passed, &mut buf)?;
    assert_eq!(&buf, b"from afar");
    Ok(())
}

#[test]
fn a_stream_whose_runtime_is_gone_gives_errors() -> io::Result<()> {
    let runtime = Runtime::new()?;
    let (one, _other) = runtime.block_on(async { UnixStream::pair() })?;
    drop(runtime);
    assert!(block_on(one.read(&mut [0])).is_err());
    assert!(block_on(one.writable()).is_err());
    Ok(())
}

#[test]
fn outside_a_runtime_there_is_an_error() {
    assert!(UnixStream::pair().is_err());
    assert!(UnixListener::bind(Path::new().0.as_path()).is_err());
}
