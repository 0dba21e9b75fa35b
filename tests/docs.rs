//! Checks the names in the documentation's examples: a program that depends on `heist` alone has
//! access neither to its parts nor to the crates below them.

use std::fs;
use std::path::{Path, PathBuf};

const SHOWN: [&str; 9] = [
    "src",
    "runtime/src",
    "runtime/macros/src",
    "net/src",
    "signals/src",
    "process/src",
    "io/src",
    "sync/src",
    "tokio/beside/src",
];

const NOT_THE_READERS: [&str; 9] = [
    "heist_runtime::",
    "heist_macros::",
    "heist_net::",
    "heist_signals::",
    "heist_process::",
    "heist_io::",
    "heist_sync::",
    "heist_tokio::",
    "futures_lite::",
];

#[test]
fn examples_name_heist_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for folder in SHOWN {
        let sources = sources_below(&root.join(folder));
        assert!(!sources.is_empty(), "no sources in {folder}");
        for source in sources {
            let text = fs::read_to_string(&source).expect("a source can be read");
            let lines = text.lines().zip(1..).filter(|(line, _)| names_a_part(line));
            let source = source.strip_prefix(root).expect("it is below").display();
            wrong.extend(lines.map(|(line, number)| format!("{source}:{number}: {line}")));
        }
    }
    assert!(
        wrong.is_empty(),
        "not in reach of a reader:\n{}",
        wrong.join("\n")
    );
}

/// Returns whether the line is documentation that shows such a path. The target of a link is not
/// shown.
fn names_a_part(line: &str) -> bool {
    let line = line.trim_start();
    let is_doc = line.starts_with("///") || line.starts_with("//!");
    is_doc
        && NOT_THE_READERS.iter().any(|path| {
            line.match_indices(path)
                .any(|(at, _)| !line[..at].ends_with("]("))
        })
}

fn sources_below(folder: &Path) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources can be listed") {
        let path = entry.expect("it can be listed to its end").path();
        if path.is_dir() {
            sources.extend(sources_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
    sources
}
