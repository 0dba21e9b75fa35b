//! The same echo server in Go, used if Go is installed.

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{self, Command, Stdio};

use crate::server::Server;

const SOURCE: &str = include_str!("server.go");

/// The built program, in a folder that is removed on drop.
pub(crate) struct Go {
    folder: PathBuf,
}

impl Go {
    /// Compiles the program; returns `None` if Go is not installed.
    pub(crate) fn build() -> io::Result<Option<Self>> {
        let mut version = Command::new("go");
        version.arg("version").stdout(Stdio::null());
        if version.status().is_err() {
            return Ok(None);
        }
        let folder = env::temp_dir().join(format!("heist-stall-{}", process::id()));
        fs::create_dir_all(&folder)?;
        let go = Self { folder };
        let source = go.folder.join("server.go");
        fs::write(&source, SOURCE)?;
        let mut build = Command::new("go");
        build.args(["build", "-o"]).arg(go.program()).arg(&source);
        match build.status()?.success() {
            true => Ok(Some(go)),
            false => Err(io::Error::other("go cannot build its server")),
        }
    }

    fn program(&self) -> PathBuf {
        self.folder.join("server")
    }

    pub(crate) fn start(&self, workers: usize, blocking: usize) -> io::Result<Server> {
        let mut command = Command::new(self.program());
        command.args([workers.to_string(), blocking.to_string()]);
        Server::spawn(command, "go")
    }
}

impl Drop for Go {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
