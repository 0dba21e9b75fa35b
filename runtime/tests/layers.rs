//! The layers of `runtime/src`: lower ones do not depend on higher ones.

use std::fs;
use std::path::{Path, PathBuf};

/// From the lowest to the highest. A file or folder may name those before it, and itself.
const LAYERS: [&str; 30] = [
    "sync",
    "named_error",
    "shutdown_error",
    "readiness",
    "platform",
    "panics",
    "inheritance",
    "waking",
    "errand",
    "entered",
    "alarm",
    "poll_context",
    "budget",
    "cancellation",
    "draining",
    "thread_count",
    "tasks",
    "timers",
    "poller",
    "blocking",
    "scheduler",
    "watchdog",
    "runtime",
    "io",
    "time",
    "structured",
    // The public items of tasks, properties of all types, and the root.
    "task",
    "unwind",
    "macros",
    "lib",
];

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|&layer| layer == module)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false if path.extension().is_some_and(|ending| ending == "rs") => found.push(path),
            false => {}
        }
    }
}

/// Returns the crate's modules that the source names, without comments and tests.
fn named(source: &str) -> Vec<String> {
    // A module's tests are at its end. A test module in a file of its own may be declared anywhere.
    let product = source
        .lines()
        .take_while(|line| !line.ends_with("mod tests {"));
    let lines = product.map(str::trim_start);
    let code = lines.filter(|line| !line.starts_with("//"));
    let code: Vec<&str> = code.collect();
    let code = code.join("\n");
    let word = |text: &str| {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
        text[..end.unwrap_or(text.len())].to_owned()
    };
    // Paths in a macro are used where it is expanded.
    let code = code.replace("$crate::", "");
    let mut names: Vec<String> = code.split("crate::").skip(1).map(word).collect();
    for group in code.split("crate::{").skip(1) {
        let group = group.split("};").next().unwrap();
        names.extend(group.split(',').map(|item| word(item.trim())));
    }
    names
}

#[test]
fn no_layer_knows_a_higher_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    assert!(found.len() > 50, "the sources are elsewhere");
    let mut faults = Vec::new();
    for path in found {
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name.ends_with("tests") {
            continue;
        }
        let inside = path.strip_prefix(&root).unwrap();
        let top = inside.components().next().unwrap();
        let own = Path::new(&top).file_stem().unwrap().to_str().unwrap();
        let own_rank = rank(own).unwrap_or_else(|| panic!("{own} is in no layer"));
        for other in named(&fs::read_to_string(&path).unwrap()) {
            // Types and functions at the root are the runtime's.
            let is_root = other.chars().next().is_some_and(char::is_uppercase);
            let other_rank = match is_root {
                true => rank("runtime"),
                false => rank(&other),
            };
            if other_rank.is_some_and(|other| other > own_rank) {
                faults.push(format!("{} names crate::{other}", inside.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
