//! Checks what rustfmt and clippy do not: the lengths of files, the widths of comments and
//! Markdown, and the marks of comments.
//!
//! CONTRIBUTING.md defines the limits, and names the files that may be longer. Outside the
//! repository, where this package is alone, there is nothing to check.

use std::fs;
use std::path::{Path, PathBuf};

const LINES: usize = 400;
const COLUMNS: usize = 119;
const COMMENT_COLUMNS: usize = 100;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the repository's files with this ending, by their paths in it.
fn files(ending: &str) -> Vec<(String, String)> {
    let mut folders = vec![PathBuf::from("")];
    let mut found = Vec::new();
    if !root().join("runtime").is_dir() {
        return found;
    }
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = folder.join(&name);
            if entry.file_type().unwrap().is_dir() {
                if name != "target" && name != ".git" {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                let text = fs::read_to_string(root().join(&path)).unwrap();
                found.push((path.display().to_string().replace('\\', "/"), text));
            }
        }
    }
    found
}

#[test]
fn files_have_at_most_400_lines_of_code() {
    let rules = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap_or_default();
    let mut longer = Vec::new();
    for (path, text) in files(".rs") {
        let lines = text.lines().map(str::trim_start);
        let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
        let code = code.count();
        if code > LINES && !rules.contains(&format!("- `{path}`: ")) {
            longer.push(format!("{path}: {code}"));
        }
    }
    assert_eq!(longer, Vec::<String>::new());
}

#[test]
fn markdown_is_narrower_than_120_columns() {
    let mut wide = Vec::new();
    for (path, text) in files(".md") {
        let mut in_block = false;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_end();
            in_block ^= line.trim_start().starts_with("```");
            // Code, a row of a table, and a long word cannot be broken.
            let can_be_broken = !in_block && !line.trim_start().starts_with('|');
            let columns = line.chars().count();
            if columns > COLUMNS && can_be_broken {
                wide.push(format!("{path}:{}: {columns} columns", index + 1));
            }
        }
    }
    assert_eq!(wide, Vec::<String>::new());
}

#[test]
fn comments_are_at_most_100_columns_wide() {
    let mut wide = Vec::new();
    for (path, text) in files(".rs") {
        let mut in_example = false;
        for (index, line) in text.lines().enumerate() {
            let Some(comment) = line.trim_start().strip_prefix("//") else {
                in_example = false;
                continue;
            };
            let comment = comment.trim_start_matches(['/', '!', ' ']);
            in_example ^= comment.starts_with("```");
            // Code, a row of a table, and an address cannot be broken.
            let can_be_broken = !in_example && !comment.starts_with(['|', '[']);
            let columns = line.chars().count();
            if columns > COMMENT_COLUMNS && can_be_broken {
                wide.push(format!("{path}:{}: {columns} columns", index + 1));
            }
        }
    }
    assert_eq!(wide, Vec::<String>::new());
}

/// Breaking lines by a program has left some with two marks, which the documentation shows.
#[test]
fn a_comment_in_an_example_has_one_mark() {
    let mut twice = Vec::new();
    for (path, text) in files(".rs") {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let doc = line.strip_prefix("///").or(line.strip_prefix("//!"));
            let comment = doc.and_then(|doc| doc.trim_start().strip_prefix("//"));
            if comment.is_some_and(|comment| comment.trim_start().starts_with("//")) {
                twice.push(format!("{path}:{}", index + 1));
            }
        }
    }
    assert_eq!(twice, Vec::<String>::new());
}
