//! Standard input and output of a separate process: this program, started again.

use futures_lite::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use heist_io::{LinesExt, stderr, stdin, stdout};
use heist_runtime::Runtime;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// Starts one of the ignored tests below, which serve as programs.
fn start(program: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn read(mut stream: impl Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
#[ignore = "a program, which another test starts"]
fn shouts() {
    Runtime::new().unwrap().block_on(async {
        let mut lines = BufReader::new(stdin()).lines();
        let (mut out, mut err) = (stdout(), stderr());
        while let Some(line) = lines.next_line().await.unwrap() {
            let line = format!("<{}>\n", line.to_uppercase());
            out.write_all(line.as_bytes()).await.unwrap();
            out.flush().await.unwrap();
        }
        err.write_all(b"<end>\n").await.unwrap();
        err.flush().await.unwrap();
    });
}

#[test]
fn a_program_answers_line_by_line() {
    let mut child = start("shouts");
    let mut input = child.stdin.take().unwrap();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    for word in ["one", "two"] {
        writeln!(input, "{word}").unwrap();
        // libtest prints lines of its own first.
        loop {
            let mut line = String::new();
            assert!(std::io::BufRead::read_line(&mut output, &mut line).unwrap() > 0);
            if line.starts_with('<') || line.contains("... <") {
                assert!(line.contains(&word.to_uppercase()), "{line}");
                break;
            }
        }
    }
    drop(input);
    assert!(read(child.stderr.take().unwrap()).contains("<end>"));
    assert!(child.wait().unwrap().success());
}

#[test]
#[ignore = "a program, which another test starts"]
fn ends_at_once() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let mut out = stdout();
        out.write_all("x".repeat(100_000).as_bytes()).await.unwrap();
        out.write_all(b"<last line>\n").await.unwrap();
    });
}

#[test]
fn written_bytes_come_out_though_the_runtime_ends() {
    let mut child = start("ends_at_once");
    let output = read(child.stdout.take().unwrap());
    assert!(output.contains("<last line>"));
    assert!(child.wait().unwrap().success());
}
