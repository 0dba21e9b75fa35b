//! Starts another program, talks to it over its pipes, and waits for it to exit.
//!
//! ```sh
//! cargo run --example child_process
//! ```
//!
//! The child is this same program, started with an argument. Needs heist's feature `process`.

use heist::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use heist::process::Command;
use heist::time::timeout;
use std::io::{self, BufRead};
use std::process::Stdio;
use std::time::Duration;

/// The child's work: it adds up the numbers that it reads.
fn add_up() -> io::Result<()> {
    let mut sum = 0;
    for line in io::stdin().lock().lines() {
        sum += line?.trim().parse::<i64>().map_err(io::Error::other)?;
        println!("{sum}");
    }
    Ok(())
}

#[heist::main]
async fn main() -> io::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("--child") {
        return add_up();
    }
    let mut child = Command::new(std::env::current_exe()?)
        .arg("--child")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // The child does not outlive this future if the future is cancelled.
        .kill_on_drop(true)
        .spawn()?;
    let mut input = child.stdin.take().expect("it is piped");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));

    for number in [1, 20, 300] {
        input.write_all(format!("{number}\n").as_bytes()).await?;
        let mut sum = String::new();
        output.read_line(&mut sum).await?;
        println!("and {number} is {}", sum.trim());
    }
    // The end of its input makes the child exit.
    drop(input);
    let status = timeout(Duration::from_secs(10), child.wait()).await??;
    println!("the child succeeded: {}", status.success());
    Ok(())
}
