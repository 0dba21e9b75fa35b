//! The effect of the patch: there is only one tokio, it is heist's, and no task stops the others.

use std::time::Duration;
use tokio::time::sleep;

#[test]
fn there_is_one_tokio_and_it_is_this_one() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // The registry's tokio does not have this.
    let inside = runtime.block_on(async { heist::runtime::Handle::current().id() });
    assert_eq!(inside, runtime.handle().heist().id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_task_that_blocks_does_not_stop_the_others() {
    let (_release, blocked) = std::sync::mpsc::channel::<()>();
    tokio::spawn(async move {
        let _ = blocked.recv();
    });
    // On the same worker, with its timers.
    let timed = tokio::spawn(sleep(Duration::from_millis(5)));
    timed.await.unwrap();
}

/// docs/LIBRARIES.md names the tested versions, and tests that exist.
#[test]
fn the_table_of_libraries_is_true() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    let (table, lock) = (read("../../docs/LIBRARIES.md"), read("Cargo.lock"));
    let files = [
        "console",
        "databases/main",
        "encrypted",
        "others",
        "services",
        "web",
    ];
    let tests: String = files.map(|file| read(&format!("tests/{file}.rs"))).concat();
    let is_name =
        |name: &str| name.contains('_') && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let mut rows = 0;
    for row in table.lines().filter(|line| line.starts_with("| ")).skip(2) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let (library, version) = (cells[1].split(':').next().unwrap(), cells[2]);
        let locked = format!("name = \"{library}\"\nversion = \"{version}\"\n");
        assert!(
            version.is_empty() || lock.contains(&locked),
            "{library} {version}"
        );
        for test in cells[6].split('`').filter(|quoted| is_name(quoted)) {
            assert!(tests.contains(&format!("fn {test}(")), "{test}");
        }
        rows += 1;
    }
    assert!(rows > 20, "{rows}");
}
