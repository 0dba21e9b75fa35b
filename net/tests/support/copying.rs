//! Shared by the tests of copying: a proxied connection, and bytes that reveal loss or reordering.
// Each test binary uses its own part of this.
#![allow(dead_code)]

use std::io;
use std::sync::LazyLock;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream, copy_bidirectional};
use heist::task::JoinHandle;

/// The length of the text that is sent repeatedly. Not a multiple of any buffer's size.
const PERIOD: usize = 1_000_003;

/// Returns both ends of a new connection: the connecting one and the accepted one.
pub(crate) async fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (server, _) = listener.accept().await?;
    Ok((client, server))
}

/// A client and a server that are connected through a copy in a task.
pub(crate) struct Proxied {
    pub(crate) client: TcpStream,
    pub(crate) server: TcpStream,
    pub(crate) copying: JoinHandle<io::Result<(u64, u64)>>,
}

impl Proxied {
    pub(crate) async fn new() -> io::Result<Proxied> {
        let (client, mut near) = pair().await?;
        let (mut far, server) = pair().await?;
        let copying = heist::spawn(async move { copy_bidirectional(&mut near, &mut far).await });
        Ok(Proxied {
            client,
            server,
            copying,
        })
    }

    /// Sends a byte there and back.
    pub(crate) async fn round_trip(&mut self) -> io::Result<()> {
        let mut byte = [b'?'];
        self.client.write_all(&byte).await?;
        self.server.read_exact(&mut byte).await?;
        self.server.write_all(b"!").await?;
        self.client.read_exact(&mut byte).await?;
        assert_eq!(byte, *b"!");
        Ok(())
    }
}

/// An endless aperiodic text, so that a lost, duplicated or displaced byte is noticed.
pub(crate) struct Text {
    at: usize,
}

static PERIODIC: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..PERIOD).map(|_| next()).collect()
});

impl Text {
    /// Texts with different numbers differ.
    pub(crate) fn new(number: usize) -> Text {
        Text {
            at: number * 12_345 % PERIOD,
        }
    }

    /// Returns the next bytes, at most `len`.
    pub(crate) fn next(&self, len: usize) -> &'static [u8] {
        let rest = &PERIODIC[self.at..];
        &rest[..len.min(rest.len())]
    }

    pub(crate) fn advance(&mut self, len: usize) {
        self.at = (self.at + len) % PERIOD;
    }

    /// Checks that `bytes` are the next ones.
    pub(crate) fn expect(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let next = self.next(bytes.len());
            let len = next.len();
            assert!(next == &bytes[..len], "wrong bytes at {}", self.at);
            bytes = &bytes[len..];
            self.advance(len);
        }
    }
}

/// Writes `total` bytes of the text in pieces of odd sizes.
pub(crate) async fn write_text(
    mut writer: impl AsyncWriteExt + Unpin,
    text: &mut Text,
    mut total: usize,
) -> io::Result<()> {
    for size in [300_007, 1, 65_536, 4_099].into_iter().cycle() {
        if total == 0 {
            return Ok(());
        }
        let piece = text.next(size.min(total));
        let len = piece.len();
        writer.write_all(piece).await?;
        text.advance(len);
        total -= len;
    }
    Ok(())
}

/// Reads `total` bytes of the text in pieces of odd sizes, slowly: other tasks may run in between.
pub(crate) async fn read_text(
    mut reader: impl AsyncReadExt + Unpin,
    text: &mut Text,
    mut total: usize,
) -> io::Result<()> {
    let mut buf = vec![0; 200_003];
    for size in [4_096, 200_003, 7, 65_535].into_iter().cycle() {
        if total == 0 {
            return Ok(());
        }
        let len = size.min(total);
        let count = reader.read(&mut buf[..len]).await?;
        assert_ne!(count, 0, "{total} bytes are missing at the end");
        text.expect(&buf[..count]);
        total -= count;
        heist::task::yield_now().await;
    }
    Ok(())
}

/// Reads the end of the stream.
pub(crate) async fn expect_end(mut reader: impl AsyncReadExt + Unpin) -> io::Result<()> {
    assert_eq!(reader.read(&mut [0; 16]).await?, 0, "there is more");
    Ok(())
}
