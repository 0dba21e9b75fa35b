//! The smallest program on each runtime, built by cargo from scratch: how long that takes, and how
//! large the program is.

use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::clock::children_cpu;
use crate::plan::{Contender, Plan};
use crate::row::{Row, Unit};
use crate::sample::Sample;

/// The workspace that this was built from.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

pub(super) fn rows() -> Vec<Row> {
    vec![
        super::row(
            "hello_compile",
            "the first debug build of a hello world and all it depends on",
            Unit::Seconds,
            3,
            Box::new(|contender, plan| {
                let package = Package::new(contender, plan)?;
                let (cpu, start) = (children_cpu()?, Instant::now());
                package.build(&[])?;
                Ok(Sample::timed(1, start.elapsed(), children_cpu()? - cpu))
            }),
        ),
        super::row(
            "hello_size",
            "the release build of a hello world, stripped",
            Unit::Kibibytes,
            1,
            Box::new(|contender, plan| {
                let package = Package::new(contender, plan)?;
                package.build(&["--release", "--config", "profile.release.strip=true"])?;
                let program = package.directory.join("target/release/hello");
                Ok(Sample::counted(fs::metadata(program)?.len() as f64))
            }),
        ),
    ]
}

struct Package {
    directory: PathBuf,
}

impl Package {
    /// With the versions of the workspace's lock file; everything is downloaded, nothing built.
    fn new(contender: Contender, plan: &Plan) -> io::Result<Package> {
        plan.only_full()?;
        let (dependency, main) = match contender {
            Contender::Heist => (
                format!("heist = {{ path = {WORKSPACE:?} }}"),
                include_str!("../../hello/heist.rs"),
            ),
            // The features of which heist has the equivalent by default.
            Contender::Tokio => (
                "tokio = { version = \"1\", features = [\"rt-multi-thread\", \"macros\", \
                 \"net\", \"time\", \"signal\", \"io-util\"] }"
                    .to_owned(),
                include_str!("../../hello/tokio.rs"),
            ),
            _ => (
                "smol = \"2\"".to_owned(),
                include_str!("../../hello/smol.rs"),
            ),
        };
        let directory = env::temp_dir().join(format!("heist-benches-hello-{}", contender.name()));
        remove(&directory)?;
        fs::create_dir_all(directory.join("src"))?;
        fs::write(
            directory.join("Cargo.toml"),
            format!(
                "[package]\nname = \"hello\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n\
                 \n[workspace]\n"
            ),
        )?;
        fs::write(directory.join("src/main.rs"), main)?;
        fs::copy(
            Path::new(WORKSPACE).join("Cargo.lock"),
            directory.join("Cargo.lock"),
        )?;
        let package = Package { directory };
        package.cargo(&["fetch"])?;
        Ok(package)
    }

    fn build(&self, options: &[&str]) -> io::Result<()> {
        self.cargo(&[&["build"], options].concat())
    }

    fn cargo(&self, arguments: &[&str]) -> io::Result<()> {
        let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&self.directory)
            .env("CARGO_TARGET_DIR", "target")
            .env_remove("RUSTFLAGS")
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(io::Error::other(format!(
                "cargo {arguments:?} failed: {why}"
            )));
        }
        Ok(())
    }
}

impl Drop for Package {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.directory) {
            eprintln!("{} could not be removed: {error}", self.directory.display());
        }
    }
}

fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
