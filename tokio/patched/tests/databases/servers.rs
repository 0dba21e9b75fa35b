//! Servers that a test starts, in a folder that is removed with them.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// Starts a server on a free port. Another process may take the port before the server binds it:
/// then `start` returns the error message, and is called again.
fn on_free_port<S>(mut start: impl FnMut(u16) -> Result<S, String>) -> S {
    let mut complaints = Vec::new();
    while complaints.len() < 5 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        match start(port) {
            Ok(server) => return server,
            Err(complaint) => complaints.push(complaint),
        }
    }
    panic!("it does not start: {complaints:#?}");
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
    /// Returns `None` if it is not installed.
    pub fn start() -> Option<Self> {
        if Command::new("redis-server")
            .arg("--version")
            .output()
            .is_err()
        {
            println!("skipped: no redis-server");
            return None;
        }
        Some(on_free_port(|port| {
            let directory = tempfile::tempdir().unwrap();
            let mut child = Command::new("redis-server")
                .args(["--bind", "127.0.0.1", "--save", "", "--port"])
                .arg(port.to_string())
                .current_dir(directory.path())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let mut said = String::new();
            let is_ready = lines.by_ref().map_while(Result::ok).any(|line| {
                said.push_str(&line);
                said.push('\n');
                line.contains("Ready to accept")
            });
            if !is_ready {
                child.wait().unwrap();
                return Err(said);
            }
            // The server continues to print, and must not block on it.
            std::thread::spawn(move || lines.for_each(drop));
            Ok(Self {
                port,
                child,
                _directory: directory,
            })
        }))
    }

    /// Returns the output of redis-cli.
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
    /// Returns `None` if it is not installed.
    pub fn start() -> Option<Self> {
        let Some(programs) = postgres_programs() else {
            println!("skipped: no Postgres in /usr/lib/postgresql");
            return None;
        };
        let mut this = Self {
            port: 0,
            programs,
            directory: tempfile::tempdir().unwrap(),
        };
        if let Some((user, group)) = other_user() {
            chown(this.directory.path(), Some(user), Some(group)).unwrap();
        }
        succeed(
            this.command("initdb")
                .args([
                    "--no-sync",
                    "--auth=trust",
                    "--username=postgres",
                    "--pgdata",
                ])
                .arg(this.data()),
        );
        this.port = on_free_port(|port| this.listen(port).map(|()| port));
        Some(this)
    }

    fn listen(&self, port: u16) -> Result<(), String> {
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off",
            self.directory.path().display()
        );
        let log = self.directory.path().join("log");
        // pg_ctl waits until connections are accepted.
        let status = self
            .command("pg_ctl")
            .args(["start", "--silent", "--wait", "--options"])
            .args([&options, "--pgdata"])
            .arg(self.data())
            .arg("--log")
            .arg(&log)
            .stdout(Stdio::null())
            .status();
        if status.unwrap().success() {
            return Ok(());
        }
        Err(std::fs::read_to_string(log).unwrap_or_default())
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

    /// Returns the output of psql.
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

/// Returns the folder where Debian installs the programs.
fn postgres_programs() -> Option<PathBuf> {
    let versions = Path::new("/usr/lib/postgresql").read_dir().ok()?;
    let programs = versions.map(|version| version.unwrap().path().join("bin"));
    programs
        .filter(|programs| programs.join("initdb").exists())
        .max()
}

/// Returns the user that Debian's package creates for Postgres if this is root, which must not run
/// it.
fn other_user() -> Option<(u32, u32)> {
    let number = |args: &[&str]| succeed(Command::new("id").args(args)).parse().unwrap();
    (number(&["--user"]) == 0).then(|| {
        (
            number(&["--user", "postgres"]),
            number(&["--group", "postgres"]),
        )
    })
}
