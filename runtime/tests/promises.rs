//! The table from promises to tests (`README.md`) names tests that exist.
#![cfg(not(loom))]

use std::fs;
use std::path::Path;

#[test]
fn each_test_that_the_table_names_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let table = fs::read_to_string(folder.join("README.md")).unwrap();
    // The text between backticks: every second piece.
    let named: Vec<_> = table
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|quoted| quoted.split_once(": "))
        .filter(|(file, _)| file.ends_with(".rs"))
        .collect();
    assert!(named.len() > 30, "the table is there: {named:?}");
    for (file, name) in named {
        let text =
            fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let function = format!("\nfn {name}()");
        let test = text
            .find(&function)
            .and_then(|at| text[..at].rfind("#[test]"));
        assert!(test.is_some(), "{file} has no test {name}");
    }
}
