//! Checks the names in the documentation: a program that depends on `heist` alone has access
//! neither to its parts nor to the crates below them.
//!
//! Examples are compiled with everything that their package and its tests depend on, so that the
//! compiler does not notice.

use std::fs;
use std::path::Path;

const SHOWN: [&str; 11] = [
    "src",
    "runtime/src",
    "runtime/macros/src",
    "net/src",
    "signals/src",
    "process/src",
    "io/src",
    "sync/src",
    "tokio/beside/src",
    "docs",
    "README.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn documentation_names_none_of_the_parts() {
    let mut packages = packages();
    packages.retain(|package| package.starts_with("heist_") || package == "futures_lite");
    assert!(packages.len() > 5, "only {packages:?}");
    let mut wrong = Vec::new();
    for (path, text) in sources(".rs") {
        for doc in comments(&text) {
            let shown = doc.iter().filter(|line| !line.is_hidden);
            let shown = shown.filter(|line| packages.iter().any(|name| line.shows_path_of(name)));
            wrong.extend(shown.map(|line| format!("{path}:{}: {}", line.number, line.text)));
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "not in reach of a reader");
}

#[test]
fn examples_need_no_package_that_the_text_beside_them_does_not_name() {
    let mut packages = packages();
    packages.retain(|package| package != "heist");
    let mut wrong = Vec::new();
    let mut check = |path: &str, page: &[Line]| {
        let (code, prose): (Vec<_>, Vec<_>) = page.iter().partition(|line| line.is_example);
        for line in code.iter().filter(|line| !line.is_hidden) {
            let needs = packages.iter().filter(|name| line.shows_path_of(name));
            let unnamed = needs.filter(|name| !prose.iter().any(|line| line.names(name)));
            wrong.extend(unnamed.map(|name| format!("{path}:{}: {name}", line.number)));
        }
    };
    for (path, text) in sources(".rs") {
        for doc in comments(&text) {
            check(&path, &doc);
        }
    }
    for (path, text) in sources(".md") {
        check(&path, &lines(text.lines().zip(1..)));
    }
    assert_eq!(wrong, Vec::<String>::new(), "a reader has no such package");
}

/// A line of documentation.
struct Line<'a> {
    number: usize,
    text: &'a str,
    /// Rust code.
    is_example: bool,
    /// Compiled as part of an example, and not shown.
    is_hidden: bool,
}

impl Line<'_> {
    /// Returns whether the line shows a path that begins with the name. The target of a link is not
    /// shown.
    fn shows_path_of(&self, name: &str) -> bool {
        self.text.match_indices(name).any(|(at, _)| {
            let (before, after) = (&self.text[..at], &self.text[at + name.len()..]);
            let is_root = !before.ends_with(|c: char| is_of_name(c) || c == ':');
            is_root && after.starts_with("::") && !before.ends_with("](")
        })
    }

    /// Returns whether the line contains the package's name, however it is spelt.
    fn names(&self, name: &str) -> bool {
        let text = self.text.replace('-', "_");
        text.match_indices(name).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + name.len()..]);
            !before.ends_with(is_of_name) && !after.starts_with(is_of_name)
        })
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Tells the examples of a page or comment from its prose.
fn lines<'a>(page: impl Iterator<Item = (&'a str, usize)>) -> Vec<Line<'a>> {
    let mut in_block = false;
    let mut is_rust = false;
    let line = |(text, number): (&'a str, usize)| {
        let text = text.trim();
        let fence = text.strip_prefix("```");
        if let Some(language) = fence {
            in_block = !in_block;
            is_rust = !["text", "toml", "sh"].contains(&language);
        }
        let is_example = in_block && is_rust && fence.is_none();
        Line {
            number,
            text,
            is_example,
            is_hidden: is_example && (text == "#" || text.starts_with("# ")),
        }
    };
    page.map(line).collect()
}

/// Returns the documentation comments of a source file.
fn comments(source: &str) -> Vec<Vec<Line<'_>>> {
    let documented = |line: &str| {
        let line = line.trim_start();
        line.starts_with("///") || line.starts_with("//!")
    };
    let numbered: Vec<_> = source.lines().zip(1..).collect();
    let parts = numbered.chunk_by(|(one, _), (next, _)| documented(one) == documented(next));
    let docs = parts.filter(|part| documented(part[0].0));
    docs.map(|part| lines(part.iter().map(|&(line, n)| (&line.trim_start()[3..], n))))
        .collect()
}

/// Returns what the workspace's packages depend on, and their tests, by the names in code.
fn packages() -> Vec<String> {
    let mut names = Vec::new();
    for (_, manifest) in files(Path::new(""), "Cargo.toml") {
        let mut lists_packages = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                lists_packages = line.ends_with("dependencies]");
            } else if lists_packages {
                let name = line.split(['=', '.']).next().unwrap_or_default();
                names.push(name.trim().replace('-', "_"));
            }
        }
    }
    names.retain(|name| !name.is_empty() && name.chars().all(is_of_name));
    names.sort();
    names.dedup();
    names
}

/// Returns the files that are shown to users and have this ending, by their paths.
fn sources(ending: &str) -> Vec<(String, String)> {
    let found: Vec<_> = SHOWN
        .iter()
        .flat_map(|place| files(Path::new(place), ending))
        .collect();
    assert!(!found.is_empty(), "nothing ends with {ending}");
    found
}

/// Returns the files at and below a path whose names end so, by their paths in the repository.
fn files(path: &Path, ending: &str) -> Vec<(String, String)> {
    if root().join(path).is_dir() {
        let entries = fs::read_dir(root().join(path)).expect("a folder can be listed");
        let names = entries.map(|entry| entry.expect("it can be listed to its end").file_name());
        let names = names.filter(|name| name != "target" && name != ".git");
        return names
            .flat_map(|name| files(&path.join(name), ending))
            .collect();
    }
    if !path.to_string_lossy().ends_with(ending) {
        return Vec::new();
    }
    let text = fs::read_to_string(root().join(path)).expect("it can be read");
    vec![(path.display().to_string(), text)]
}
