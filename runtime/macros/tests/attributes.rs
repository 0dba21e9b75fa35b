//! The attributes as users apply them. What they refuse is tested beside their code.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

/// Another way to name heist, for `crate = "..."`.
mod renamed {
    pub(crate) use heist as runtime_of_choice;
}

#[heist::main]
async fn returns_nothing() {
    heist::task::yield_now().await;
}

#[heist::main]
async fn returns_a_value() -> &'static str {
    heist::spawn(async { "from a task" }).await.unwrap()
}

#[heist::main]
async fn returns_an_error() -> Result<u32, std::num::ParseIntError> {
    let number: u32 = "twelve".parse()?;
    Ok(number)
}

#[heist::main(worker_threads = 2)]
async fn tasks_on_two_workers() {
    // Each blocks its worker until the other has arrived.
    let barrier = Arc::new(Barrier::new(2));
    let other = Arc::clone(&barrier);
    let first = heist::spawn(async move { barrier.wait().is_leader() });
    let second = heist::spawn(async move { other.wait().is_leader() });
    assert!(first.await.unwrap() != second.await.unwrap());
}

#[heist::main(start_paused = true)]
async fn an_hour_in_no_time() -> heist::time::Duration {
    let start = heist::time::Instant::now();
    heist::time::sleep(heist::time::Duration::from_secs(3600)).await;
    start.elapsed()
}

#[heist::test(start_paused = true, worker_threads = 4)]
async fn time_passes_only_in_jumps() {
    assert_eq!(heist::spawn(async { 7 }).await.unwrap(), 7);
    let start = heist::time::Instant::now();
    std::thread::sleep(std::time::Duration::from_millis(2));
    assert_eq!(start.elapsed(), heist::time::Duration::ZERO);
}

#[heist::main(start_paused = false)]
async fn time_that_runs() {
    let start = heist::time::Instant::now();
    std::thread::sleep(std::time::Duration::from_millis(2));
    assert!(start.elapsed() >= heist::time::Duration::from_millis(2));
}

#[heist::main(worker_threads = 1, crate = "renamed::runtime_of_choice")]
async fn through_another_path() -> impl Sized + PartialEq<u8> {
    renamed::runtime_of_choice::spawn(async { 7_u8 })
        .await
        .unwrap()
}

macro_rules! entered {
    (
        parts: $workers:expr,
        $(#[$meta:meta])* $visibility:vis $name:ident $output:ty, $body:block
    ) => {
        #[heist::main(worker_threads = $workers, name = "by a macro")]
        $(#[$meta])*
        $visibility async fn $name() -> $output $body
    };
    (item: $item:item) => {
        #[heist::main]
        $item
    };
}

entered!(parts: 1, #[inline] pub(crate) from_parts u8, { heist::spawn(async { 5 }).await.unwrap() });
entered!(parts: 2, without_visibility u8, { 6 });
entered! {
    item:
    /// As a whole.
    async fn from_an_item() -> impl Fn() -> u8 {
        || 7
    }
}

#[test]
fn what_macros_write_is_entered() {
    assert_eq!(from_parts(), 5);
    assert_eq!(without_visibility(), 6);
    assert_eq!(from_an_item()(), 7);
}

#[test]
fn main_returns_what_its_body_returns() {
    returns_nothing();
    assert_eq!(returns_a_value(), "from a task");
    assert!(returns_an_error().is_err());
    assert!(through_another_path() == 7);
}

#[test]
fn main_pauses_the_clock_on_request() {
    assert_eq!(an_hour_in_no_time(), std::time::Duration::from_secs(3600));
    time_that_runs();
}

#[test]
fn main_starts_the_workers_it_names() {
    tasks_on_two_workers();
}

#[test]
fn each_call_has_a_runtime_of_its_own() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);

    struct CountsDrop;
    impl Drop for CountsDrop {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[heist::main]
    async fn leaves_a_task_behind() {
        let value = CountsDrop;
        drop(heist::spawn(async move {
            std::future::pending::<()>().await;
            drop(value);
        }));
    }

    leaves_a_task_behind();
    leaves_a_task_behind();
    assert_eq!(DROPPED.load(Ordering::Relaxed), 2);
}

#[heist::test]
async fn tests_run_in_a_runtime() {
    assert_eq!(heist::spawn(async { 1 + 1 }).await.unwrap(), 2);
}

#[heist::test]
async fn tests_may_return_a_result() -> Result<(), std::num::ParseIntError> {
    let number: u8 = "12".parse()?;
    assert_eq!(number, 12);
    Ok(())
}

#[heist::test]
async fn tests_have_two_workers() {
    let barrier = Arc::new(Barrier::new(2));
    let other = Arc::clone(&barrier);
    let task = heist::spawn(async move { other.wait().is_leader() });
    let second = heist::spawn(async move { barrier.wait().is_leader() });
    assert!(task.await.unwrap() != second.await.unwrap());
}

#[heist::test]
#[should_panic(expected = "the body ran")]
async fn should_panic_is_kept() {
    panic!("the body ran");
}

#[heist::test(worker_threads = 1)]
#[ignore = "stays ignored, or it would fail"]
async fn ignore_is_kept() {
    panic!("an ignored test ran");
}

#[heist::test]
#[cfg(any())]
async fn cfg_is_kept() {
    this_does_not_compile();
}

#[heist::test(crate = "heist")]
#[allow(unused_variables, reason = "lint levels reach into the body")]
async fn lint_attributes_are_kept() {
    let unused = 1;
}

#[heist::test]
async fn the_body_may_be_large() {
    // A test's thread has 2 MiB of stack.
    let bytes = [1_u8; 768 * 1024];
    let bytes = std::hint::black_box(&bytes);
    heist::task::yield_now().await;
    assert!(bytes.iter().all(|byte| *byte == 1));
}
