//! Checks that the links of the Markdown files lead to a file of the repository, and to a heading
//! in it, and that the source files they name exist. rustdoc checks the links in the documentation
//! of the code.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn links_between_markdown_files_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = files(root, "md");
    assert!(pages.len() > 20, "only {pages:?}");
    let mut dead = Vec::new();
    let mut count = 0;
    for page in &pages {
        let text = fs::read_to_string(page).expect("a page can be read");
        for target in targets(&text) {
            count += 1;
            if !leads_somewhere(page, target) {
                let page = page.strip_prefix(root).expect("it is below").display();
                dead.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(count > 50, "only {count} links were found");
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn source_files_that_markdown_files_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = files(root, "rs");
    let mut missing = Vec::new();
    let mut count = 0;
    for page in files(root, "md") {
        let text = fs::read_to_string(&page).expect("a page can be read");
        for path in text.split('`').filter(|code| is_path_of_source(code)) {
            count += 1;
            // A page may leave out the folders that it is about.
            let path = path.trim_start_matches("../");
            if !sources.iter().any(|source| source.ends_with(path)) {
                let page = page.strip_prefix(root).expect("it is below").display();
                missing.push(format!("{page}: {path}"));
            }
        }
    }
    assert!(count > 20, "only {count} paths were found");
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
}

fn is_path_of_source(code: &str) -> bool {
    let path = code.strip_suffix(".rs");
    path.is_some_and(|path| path.contains('/') && !path.contains(char::is_whitespace))
}

/// Returns all files of the repository with this extension, except those in build output.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder can be listed") {
        let path = entry.expect("it can be listed to its end").path();
        let name = path.file_name().expect("it has a name");
        if path.is_dir() && name != "target" && name != ".git" {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found
}

/// Returns the targets of all `[text](target)` outside code blocks.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    let prose = text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    prose.flat_map(|line| {
        let links = line.split("](").skip(1);
        links.filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
    })
}

/// Returns whether the target exists. Other sites are not checked.
fn leads_somewhere(page: &Path, target: &str) -> bool {
    if target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let folder = page.parent().expect("a page is in a folder");
    let file = match file {
        "" => page.to_owned(),
        file => folder.join(file),
    };
    match heading {
        "" => file.exists(),
        heading => fs::read_to_string(file).is_ok_and(|text| headings(&text).any(|h| h == heading)),
    }
}

/// Returns the headings of a page, in the form that links use.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let titles = text.lines().filter(|line| line.starts_with('#'));
    titles.map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}
