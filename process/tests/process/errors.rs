//! Errors name the program.

use std::io::{self, ErrorKind};
use std::process::Stdio;

use heist::io::{NamedError, raw_os_error};
use heist::process::Command;
use heist::runtime::Runtime;

use crate::sh;

#[heist::test]
async fn a_program_that_cannot_be_started_is_named() {
    let missing = Command::new("no-such-program-anywhere").spawn();
    let missing = missing.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(
        missing.to_string().contains("`no-such-program-anywhere`"),
        "{missing}"
    );
    // The system's own error and its number are still accessible.
    let named: &NamedError = missing.get_ref().unwrap().downcast_ref().unwrap();
    assert_eq!(named.io_error().kind(), ErrorKind::NotFound);
    let std = std::process::Command::new("no-such-program-anywhere").spawn();
    assert_eq!(raw_os_error(&missing), std.unwrap_err().raw_os_error());
    assert!(raw_os_error(&missing).is_some());

    let unfit = Command::new("/etc/passwd").status().await.unwrap_err();
    assert_eq!(unfit.kind(), ErrorKind::PermissionDenied);
    assert!(unfit.to_string().contains("`/etc/passwd`"), "{unfit}");

    let nowhere = Command::new("true").current_dir("/no/such/dir").output();
    let nowhere = nowhere.await.unwrap_err();
    assert!(nowhere.to_string().contains("`/no/such/dir`"), "{nowhere}");
}

#[test]
fn without_a_runtime_nothing_is_started() {
    let made = std::env::temp_dir().join(format!("heist-process-{}", std::process::id()));
    let error = Command::new("touch").arg(&made).spawn().unwrap_err();
    assert!(error.to_string().contains("`touch`"), "{error}");
    assert!(error.to_string().contains("runtime"), "{error}");
    assert!(!made.exists());
}

#[test]
fn a_child_that_fails_to_start_does_not_run() -> io::Result<()> {
    let (alive, gone) = (Runtime::new()?, Runtime::new()?);
    let handle = gone.handle().clone();
    drop(gone);
    alive.block_on(async {
        // The pipe reaches its end once no process has it open.
        let (sender, receiver) = heist::net::unix::pipe::pipe()?;
        let mut command = Command::new("sleep");
        command.arg("600").stdin(Stdio::piped());
        command.stdout(sender.into_blocking_fd()?);
        let error = {
            let _guard = handle.enter();
            command.spawn().unwrap_err()
        };
        assert!(error.to_string().contains("`sleep`"), "{error}");
        drop(command);
        assert_eq!(receiver.read(&mut [0]).await?, 0);
        Ok(())
    })
}

const INNER: &str = "HEIST_TEST_IGNORES_SIGCHLD";

/// In a program that ignores `SIGCHLD` the system reaps the children. The status of one cannot be
/// known, but a wait must not hang either.
#[heist::test]
async fn waiting_for_a_child_that_the_system_reaped_is_an_error() -> io::Result<()> {
    if std::env::var_os(INNER).is_some() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn()?;
        match child.wait().await {
            Err(error) => assert!(error.to_string().contains("`cat`"), "{error}"),
            // `SIGCHLD` was listened for, and therefore not ignored any more.
            Ok(status) => assert!(status.success()),
        }
        return Ok(());
    }
    let name = "errors::waiting_for_a_child_that_the_system_reaped_is_an_error";
    let inner = sh("trap '' CHLD; exec \"$0\" --exact \"$1\"")
        .arg(std::env::current_exe()?)
        .arg(name)
        .env(INNER, "1")
        .output()
        .await?;
    let said = String::from_utf8_lossy(&inner.stdout);
    assert!(
        inner.status.success() && said.contains("1 passed"),
        "{said}"
    );
    Ok(())
}
