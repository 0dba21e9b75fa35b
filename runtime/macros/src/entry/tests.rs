//! Mistakes that a user can make: the message for each, and the tokens it points at.

use super::{Kind, try_expand};
use crate::tokens::Mistake;

/// Returns the messages for `#[heist::KIND(args)] item`, each with the source that it points at.
fn mistakes(kind: Kind, args: &str, item: &str) -> Vec<(String, String)> {
    let mistakes = try_expand(kind, args.parse().unwrap(), item.parse().unwrap())
        .expect_err("the attribute was accepted");
    let located = |mistake: Mistake| {
        let span = mistake.first.join(mistake.last);
        let source = span.and_then(|span| span.source_text());
        (mistake.message, source.expect("the span is of this source"))
    };
    mistakes.0.into_iter().map(located).collect()
}

/// Returns the only mistake.
fn mistake(kind: Kind, args: &str, item: &str) -> (String, String) {
    let mut all = mistakes(kind, args, item);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[track_caller]
fn assert_bad_argument(args: &str, says: &str, at: &str) {
    for kind in [Kind::Main, Kind::Test] {
        let (message, source) = mistake(kind, args, "async fn f() {}");
        assert!(message.contains(says), "{message}");
        assert_eq!(source, at);
    }
}

#[track_caller]
fn assert_bad_function(item: &str, says: &str, at: &str) {
    for kind in [Kind::Main, Kind::Test] {
        let (message, source) = mistake(kind, "", item);
        assert!(message.contains(says), "{message}");
        assert!(message.contains(kind.attribute()), "{message}");
        assert_eq!(source, at);
    }
}

#[test]
fn start_paused_is_true_or_false() {
    for value in ["1", "\"yes\"", "not_a_literal"] {
        assert_bad_argument(
            &format!("start_paused = {value}"),
            "`start_paused` must be `true` or `false`",
            value,
        );
    }
}

#[test]
fn unknown_arguments_are_named() {
    assert_bad_argument(
        "worker_thread = 2",
        "unknown argument `worker_thread`",
        "worker_thread",
    );
    assert_bad_argument(
        "start_pause = true",
        "unknown argument `start_pause`",
        "start_pause",
    );
    assert_bad_argument(
        "worker_threads = 2, fast",
        "unknown argument `fast`",
        "fast",
    );
    assert_bad_argument(
        "flavor = \"current_thread\"",
        "`worker_threads = 1`",
        "flavor",
    );
}

#[test]
fn bad_values_are_pointed_at() {
    let number = "`worker_threads` must be a number of at least 1";
    for value in [
        "0",
        "-1",
        "\"four\"",
        "2.5",
        "two",
        "99999999999999999999999",
    ] {
        assert_bad_argument(&format!("worker_threads = {value}"), number, value);
    }
    let path = "`crate` must be a path in quotes";
    for value in ["heist", "1", "\"not a path\"", "\"\""] {
        assert_bad_argument(&format!("crate = {value}"), path, value);
    }
}

#[test]
fn badly_formed_arguments_are_refused() {
    assert_bad_argument("worker_threads(2)", "expected `=`", "(2)");
    assert_bad_argument("worker_threads = 2 3", "expected `,`", "3");
    assert_bad_argument(
        "\"worker_threads\"",
        "expected an argument's name",
        "\"worker_threads\"",
    );
    assert_bad_argument(
        "crate = \"a\", crate = \"b\"",
        "`crate` is given twice",
        "crate",
    );
}

#[test]
fn functions_that_cannot_be_entered_are_refused() {
    assert_bad_function("fn f() {}", "add `async`", "fn");
    assert_bad_function("async fn f(x: u8, y: u8) {}", "arguments", "x: u8, y: u8");
    assert_bad_function("async fn f(&self) {}", "arguments", "&self");
    assert_bad_function("async fn f<T>() {}", "generic", "<T>");
    assert_bad_function(
        "async fn f() where u8: Copy {}",
        "`where`",
        "where u8: Copy",
    );
    assert_bad_function("async unsafe fn f() {}", "`unsafe`", "unsafe");
    assert_bad_function("async extern \"C\" fn f() {}", "`extern`", "extern \"C\"");
}

#[test]
fn items_other_than_functions_are_refused() {
    assert_bad_function("struct S;", "goes on an `async fn`", "struct");
    assert_bad_function("async fn f();", "with a body", ";");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let all = mistakes(Kind::Main, "", "unsafe fn f<T>(x: T) {}");
    let at: Vec<&str> = all.iter().map(|(_, source)| source.as_str()).collect();
    assert_eq!(at, ["fn", "unsafe", "<T>", "x: T"]);
}

#[test]
fn a_second_test_attribute_is_refused() {
    let (message, source) = mistake(Kind::Test, "", "#[test] async fn f() {}");
    assert!(message.contains("remove `#[test]`"), "{message}");
    assert_eq!(source, "#[test]");
}

/// Returns the whole expansion, as text without spaces.
fn expansion(kind: Kind, args: &str) -> String {
    let item = "async fn f() {}".parse().unwrap();
    let tokens = try_expand(kind, args.parse().unwrap(), item).expect("accepted");
    tokens.to_string().replace(' ', "")
}

#[test]
fn worker_threads_reach_the_builder() {
    assert!(expansion(Kind::Main, "worker_threads = 3").contains(".worker_threads(3usize)"));
    assert!(expansion(Kind::Test, "worker_threads = 3,").contains(".worker_threads(3usize)"));
    assert!(expansion(Kind::Test, "").contains(".worker_threads(2usize)"));
    assert!(!expansion(Kind::Main, "").contains("worker_threads"));
}

#[test]
fn the_name_reaches_the_builder() {
    assert!(expansion(Kind::Main, "name = \"web\"").contains(".name(\"web\")"));
    assert!(!expansion(Kind::Main, "").contains(".name("));
    for value in ["7", "\"\"", "\" \""] {
        assert_bad_argument(&format!("name = {value}"), "`name` must be a string", value);
    }
}

#[test]
fn the_crate_path_is_used() {
    assert!(expansion(Kind::Main, "").contains("::heist::runtime::Builder::new()"));
    let renamed = expansion(Kind::Test, "crate = \"my::runtimes::heist\"");
    assert!(renamed.contains("my::runtimes::heist::runtime::Builder::new()"));
}
