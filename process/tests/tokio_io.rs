//! tokio's I/O traits on the children's pipes.
#![cfg(unix)]

use std::io;
use std::process::Stdio;

use futures_lite::future::try_zip;
use heist::process::Command;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[heist::test]
async fn megabytes_are_echoed() -> io::Result<()> {
    let sent = Vec::from_iter((0..3_000_000_u32).map(|n| n.to_le_bytes()[n as usize % 4]));
    let mut child = Command::new("sh")
        .args(["-c", "cat; echo end >&2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let mut stdout = child.stdout.take().expect("it is piped");
    let mut stderr = child.stderr.take().expect("it is piped");

    let write = async {
        stdin.write_all(&sent).await?;
        stdin.shutdown().await?;
        drop(stdin);
        Ok(())
    };
    let (mut received, mut said) = (Vec::new(), String::new());
    try_zip(write, stdout.read_to_end(&mut received)).await?;
    stderr.read_to_string(&mut said).await?;
    assert!(received == sent);
    assert_eq!(said, "end\n");
    assert!(child.wait().await?.success());
    Ok(())
}
