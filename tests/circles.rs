//! Checks that no more than two files name each other in a circle: such files can only be read
//! together.
//!
//! A name is followed through `pub use` to the file that defines it. A module and its submodules
//! belong together, so that names between them do not count; nor do names in tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module's path in its package; empty for the root.
type Module = Vec<String>;

#[derive(Default)]
struct File {
    /// The paths that the file names, each as a list of segments.
    named: Vec<Vec<String>>,
    /// The names that the file exports by `pub use`.
    exported: BTreeMap<String, Vec<String>>,
}

type Package = BTreeMap<Module, File>;

/// Returns the packages of the repository, by the folders of their sources.
fn packages() -> Vec<(String, Package)> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Outside the repository, where this package is alone, there is nothing to check.
    if root.join("runtime").is_dir() {
        find(root, &mut found);
    }
    found
}

fn find(folder: &Path, found: &mut Vec<(String, Package)>) {
    if folder.join("lib.rs").is_file() || folder.join("main.rs").is_file() {
        let mut package = Package::new();
        read(folder, &Vec::new(), &mut package);
        found.push((folder.display().to_string(), package));
        return;
    }
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let is_product = !["target", ".git", "tests"].contains(&&*name);
        if is_product && entry.file_type().unwrap().is_dir() {
            find(&entry.path(), found);
        }
    }
}

fn read(folder: &Path, module: &Module, package: &mut Package) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut own = module.clone();
        if !["mod", "lib", "main"].contains(&&*name) {
            own.push(name.clone());
        }
        if path.is_dir() {
            read(&path, &own, package);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !name.ends_with("tests")
        {
            package.insert(own, parse(&fs::read_to_string(&path).unwrap()));
        }
    }
}

fn parse(source: &str) -> File {
    let mut file = File::default();
    let product = source.split("#[cfg(all(test").next().unwrap();
    let product = product.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = product.lines().map(|line| line.split("//").next().unwrap());
    let code = lines.collect::<Vec<_>>().join("\n");
    for statement in code.split(';') {
        let Some(at) = statement.rfind("use ").filter(|&at| {
            let before = statement[..at].chars().next_back();
            before.is_none_or(char::is_whitespace)
        }) else {
            file.named.extend(paths(statement));
            continue;
        };
        let (before, tree) = (&statement[..at], &statement[at + "use ".len()..]);
        file.named.extend(paths(before));
        // In a module inside the file, `super` is the file itself.
        let is_within = before.ends_with("    ") && tree.starts_with("super::");
        let tree = if is_within {
            &tree["super::".len()..]
        } else {
            tree
        };
        let mut names = Vec::new();
        expand(&[], tree, &mut names);
        let before = before.trim_end();
        if before.ends_with("pub") || before.ends_with(')') {
            file.exported.extend(names);
        } else {
            file.named.extend(names.into_iter().map(|(_, path)| path));
        }
    }
    file
}

/// Returns the paths in code that is not a `use` statement.
fn paths(code: &str) -> impl Iterator<Item = Vec<String>> {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let paths = words
        .map(|word| word.trim_matches(':'))
        .filter(|word| word.contains("::"));
    paths.map(|path| path.split("::").map(str::to_owned).collect())
}

/// Expands a tree of names: collects each name as it is visible here, with its path.
fn expand(prefix: &[String], tree: &str, found: &mut Vec<(String, Vec<String>)>) {
    let tree = tree.trim();
    let (path, group) = match tree.split_once('{') {
        Some((path, group)) => (path, Some(group.trim_end().trim_end_matches('}'))),
        None => (tree, None),
    };
    let (path, alias) = path
        .split_once(" as ")
        .map_or((path, None), |(path, alias)| (path, Some(alias)));
    let segments = path.split("::").map(|word| word.trim().to_owned());
    let own = segments.filter(|word| !word.is_empty());
    let full: Vec<String> = prefix.iter().cloned().chain(own).collect();
    let Some(group) = group else {
        let path: Vec<String> = full.into_iter().filter(|word| word != "self").collect();
        let name = alias.map(str::trim).or(path.last().map(String::as_str));
        found.extend(name.map(str::to_owned).map(|name| (name, path)));
        return;
    };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&full, &group[start..at], found);
                start = at + 1;
            }
            _ => {}
        }
    }
    expand(&full, &group[start..], found);
}

/// Returns the file that defines what the path names, as seen from the module `from`.
fn follow(package: &Package, from: &[String], path: &[String]) -> Option<Module> {
    let mut at = from.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => (at, rest) = (Module::new(), &path[1..]),
        "super" => {
            while let Some((_, below)) = rest.split_first().filter(|(word, _)| *word == "super") {
                at.pop();
                rest = below;
            }
        }
        word => {
            let is_below = package.contains_key(&[from, &[word.to_owned()]].concat());
            if !is_below && !package.get(from)?.exported.contains_key(word) {
                return None;
            }
        }
    }
    while let Some((word, below)) = rest.split_first() {
        let module = [&*at, std::slice::from_ref(word)].concat();
        if package.contains_key(&module) {
            at = module;
        } else if let Some(path) = package.get(&at).and_then(|file| file.exported.get(word)) {
            let is_itself = path.first() == Some(word);
            return if is_itself {
                Some(at)
            } else {
                follow(package, &at, &[path, below].concat())
            };
        } else {
            break;
        }
        rest = below;
    }
    package.contains_key(&at).then_some(at)
}

/// Returns which other files each file names, without those above and below it.
fn ties(package: &Package) -> BTreeMap<&Module, BTreeSet<Module>> {
    let ties_of = |module: &Module, file: &File| {
        let named = file
            .named
            .iter()
            .filter_map(|path| follow(package, module, path));
        named
            .filter(|other| !other.starts_with(module) && !module.starts_with(other))
            .collect()
    };
    package
        .iter()
        .map(|(module, file)| (module, ties_of(module, file)))
        .collect()
}

fn reached<'a>(
    ties: &'a BTreeMap<&Module, BTreeSet<Module>>,
    from: &'a Module,
) -> BTreeSet<&'a Module> {
    let (mut reached, mut ahead) = (BTreeSet::new(), vec![from]);
    while let Some(module) = ahead.pop() {
        ahead.extend(ties[module].iter().filter(|&other| reached.insert(other)));
    }
    reached
}

/// Returns the circles of more than two files.
fn circles(package: &Package) -> BTreeSet<Vec<String>> {
    let ties = ties(package);
    let all = ties.keys().map(|&module| (module, reached(&ties, module)));
    let all: BTreeMap<_, _> = all.collect();
    let circle_of = |module: &Module| {
        let back = all[module]
            .iter()
            .filter(|other| all[**other].contains(module));
        back.map(|other| other.join("/")).collect::<Vec<_>>()
    };
    all.keys()
        .map(|module| circle_of(module))
        .filter(|circle| circle.len() > 2)
        .collect()
}

#[test]
fn no_more_than_two_files_name_each_other_in_a_circle() {
    for (folder, package) in packages() {
        assert_eq!(circles(&package), BTreeSet::new(), "in {folder}");
    }
}

#[test]
fn a_circle_is_found_through_what_a_module_exports() {
    let file = |path: &str, source: &str| {
        let module = path.split('/').filter(|word| !word.is_empty());
        (module.map(str::to_owned).collect::<Module>(), parse(source))
    };
    let package = |third: &str| {
        Package::from([
            file("", "pub mod a;\npub mod b;\nmod c;\nuse crate::a::A;"),
            file("a", "use crate::b::{self, x::Deep as D};\nstruct A;"),
            file("b", "mod x;\npub(crate) use x::Deep;"),
            file(
                "b/x",
                "use super::super::c::{C, E};\n// use crate::a::A;\npub struct Deep;",
            ),
            file("c", third),
        ])
    };
    assert_eq!(
        circles(&package("fn f() { std::mem::drop(crate::b::Deep) }")),
        BTreeSet::new()
    );
    let circle = ["a", "b/x", "c"].map(str::to_owned).to_vec();
    assert_eq!(
        circles(&package("fn f(a: crate::a::A) {}")),
        BTreeSet::from([circle])
    );
}
