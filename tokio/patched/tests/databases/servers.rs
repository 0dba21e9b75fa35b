//! Servers of a test's own, in a folder that goes with them.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// Nobody listens there now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn succeed(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {said}");
    String::from_utf8(stdout).unwrap().trim().to_owned()
}

pub struct Redis {
    pub port: u16,
    child: Child,
    _directory: TempDir,
}

impl Redis {
    /// `None` if it is not installed.
    pub fn start() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let started = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--port",
                &port.to_string(),
            ])
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = started else {
            println!("skipped: no redis-server");
            return None;
        };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_ready = |line: std::io::Result<String>| line.unwrap().contains("Ready to accept");
        assert!(lines.any(is_ready), "redis-server ended");
        // It goes on to print, and must not block for it.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self {
            port,
            child,
            _directory: directory,
        })
    }

    /// What redis-cli prints.
    pub fn cli(&self, args: &[&str]) -> String {
        succeed(
            Command::new("redis-cli")
                .args(["-p", &self.port.to_string()])
                .args(args),
        )
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Postgres {
    pub port: u16,
    programs: PathBuf,
    directory: TempDir,
}

impl Postgres {
    /// `None` if it is not installed.
    pub fn start() -> Option<Self> {
        let Some(programs) = postgres_programs() else {
            println!("skipped: no Postgres in /usr/lib/postgresql");
            return None;
        };
        let this = Self {
            port: free_port(),
            programs,
            directory: tempfile::tempdir().unwrap(),
        };
        if let Some((user, group)) = other_user() {
            chown(this.directory.path(), Some(user), Some(group)).unwrap();
        }
        let data = this.data();
        succeed(
            this.command("initdb")
                .args([
                    "--no-sync",
                    "--auth=trust",
                    "--username=postgres",
                    "--pgdata",
                ])
                .arg(&data),
        );
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync=off",
            this.port,
            this.directory.path().display()
        );
        let log = this.directory.path().join("log");
        // It waits until connections are accepted.
        let status = this
            .command("pg_ctl")
            .args([
                "start",
                "--silent",
                "--wait",
                "--options",
                &options,
                "--pgdata",
            ])
            .arg(&data)
            .arg("--log")
            .arg(&log)
            .stdout(Stdio::null())
            .status();
        let said = std::fs::read_to_string(log).unwrap_or_default();
        assert!(status.unwrap().success(), "{said}");
        Some(this)
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.directory.path());
        if let Some((user, group)) = other_user() {
            command.uid(user).gid(group);
        }
        command
    }

    /// What psql prints.
    pub fn psql(&self, statement: &str) -> String {
        succeed(
            self.command("psql")
                .args([
                    "--host=127.0.0.1",
                    "--username=postgres",
                    "--tuples-only",
                    "--no-align",
                ])
                .args(["--port", &self.port.to_string(), "--command", statement]),
        )
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data();
        let mut stop = self.command("pg_ctl");
        stop.args(["stop", "--silent", "--mode=immediate", "--pgdata"])
            .arg(data);
        let _ = stop.status();
    }
}

/// Where Debian has them.
fn postgres_programs() -> Option<PathBuf> {
    let versions = Path::new("/usr/lib/postgresql").read_dir().ok()?;
    let programs = versions.map(|version| version.unwrap().path().join("bin"));
    programs
        .filter(|programs| programs.join("initdb").exists())
        .max()
}

/// Root must not run Postgres; then the user for it that the package has made.
fn other_user() -> Option<(u32, u32)> {
    let number = |args: &[&str]| succeed(Command::new("id").args(args)).parse().unwrap();
    (number(&["--user"]) == 0).then(|| {
        (
            number(&["--user", "postgres"]),
            number(&["--group", "postgres"]),
        )
    })
}
