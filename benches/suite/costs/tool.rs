//! Programs that count what another program does: callgrind its instructions, strace its system
//! calls. If one is not installed, its rows are skipped.

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
    /// Traces no other system calls, so that these keep their usual cost.
    FutexCalls,
}

/// A process whose instructions or system calls are counted.
pub(super) struct Counted {
    pub(super) child: Child,
    tool: Tool,
    output: Output,
}

/// The tool's output file, removed on drop.
struct Output(PathBuf);

impl Tool {
    /// Returns the prefix in the names of rows.
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

    /// Checks that the plan has time for the tool, that it is installed, and that it is permitted
    /// to run.
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
    /// Waits for the process, and returns the count over its whole life.
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
            .ok_or_else(|| io::Error::other(format!("no total in the output of {:?}", self.tool)))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // The file does not exist if the tool failed before it wrote.
        let _ = fs::remove_file(&self.0);
    }
}
