//! Programs that count what another one does: callgrind its instructions, strace its system
//! calls. Where one is missing its rows are skipped.

use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::{self, Command};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::job::Job;
use crate::plan::Plan;
use crate::process::Child;
use crate::row::Unit;

#[derive(Clone, Copy, Debug)]
pub(super) enum Tool {
    Instructions,
    SystemCalls,
    /// The only system call that is traced, so that the others cost what they do.
    FutexCalls,
}

/// A process that is counted.
pub(super) struct Counted {
    pub(super) child: Child,
    tool: Tool,
    output: Output,
}

/// What a tool writes: removed when dropped.
struct Output(PathBuf);

impl Tool {
    /// In the names of rows.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Tool::Instructions => "instructions",
            Tool::SystemCalls => "syscalls",
            Tool::FutexCalls => "futexes",
        }
    }

    pub(super) fn counts(self) -> &'static str {
        match self {
            Tool::Instructions => "instructions",
            Tool::SystemCalls => "system calls",
            Tool::FutexCalls => "futex calls",
        }
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            Tool::Instructions => Unit::Instructions,
            Tool::SystemCalls | Tool::FutexCalls => Unit::Calls,
        }
    }

    fn command(self) -> &'static [&'static str] {
        match self {
            Tool::Instructions => &["valgrind", "--quiet", "--tool=callgrind"],
            Tool::SystemCalls => &["strace", "--follow-forks", "--summary-only"],
            Tool::FutexCalls => &[
                "strace",
                "--follow-forks",
                "--summary-only",
                "--seccomp-bpf",
                "--trace=futex",
            ],
        }
    }

    fn output_option(self, output: &str) -> String {
        match self {
            Tool::Instructions => format!("--callgrind-out-file={output}"),
            Tool::SystemCalls | Tool::FutexCalls => format!("--output={output}"),
        }
    }

    /// Whether there is time for it, it is there, and it may do its work.
    pub(super) fn check(self, plan: &Plan) -> io::Result<()> {
        // Callgrind is some fifty times slower than the processor.
        if let Tool::Instructions = self {
            plan.only_full()?;
        }
        static CHECKED: [OnceLock<Result<(), String>>; 3] = [const { OnceLock::new() }; 3];
        let checked = CHECKED[self as usize].get_or_init(|| self.try_it());
        checked
            .clone()
            .map_err(|why| io::Error::new(ErrorKind::Unsupported, why))
    }

    fn try_it(self) -> Result<(), String> {
        let (program, options) = self.command().split_first().expect("it has a name");
        let tried = Command::new(program)
            .args(options)
            .arg(self.output_option("/dev/null"))
            .arg("true")
            .output();
        let why = match tried {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        Err(format!("{program} does not run here: {why}"))
    }

    pub(super) fn start(self, job: &Job) -> io::Result<Counted> {
        static FILES: AtomicU64 = AtomicU64::new(0);
        let file = FILES.fetch_add(1, Relaxed);
        let name = format!("heist-benches-{}-{file}", process::id());
        let output = Output(env::temp_dir().join(name));
        let option = self.output_option(&output.0.to_string_lossy());
        let mut command: Vec<&str> = self.command().to_vec();
        command.push(&option);
        Ok(Counted {
            child: Child::start_under(&command, job)?,
            tool: self,
            output,
        })
    }
}

impl Counted {
    /// What the process did in all its life.
    pub(super) fn finish(self) -> io::Result<u64> {
        self.child.finish()?;
        let text = fs::read_to_string(&self.output.0)?;
        let total = match self.tool {
            // `summary: 123`
            Tool::Instructions => text
                .lines()
                .find_map(|line| line.strip_prefix("summary:"))
                .map(str::trim),
            // `100.00    0.012345          12       123           4 total`, or nothing at all.
            Tool::SystemCalls | Tool::FutexCalls => match text.trim().is_empty() {
                true => Some("0"),
                false => text
                    .lines()
                    .find(|line| line.ends_with(" total"))
                    .and_then(|line| line.split_whitespace().nth(3)),
            },
        };
        total
            .and_then(|total| total.parse().ok())
            .ok_or_else(|| io::Error::other(format!("no total in what {:?} said", self.tool)))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // There is none if the tool did not get as far.
        let _ = fs::remove_file(&self.0);
    }
}
