//! Values that belong to a task.

use std::cell::Cell;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use futures_lite::future::{block_on, poll_once};
use heist_runtime::task::yield_now;
use heist_runtime::{Runtime, spawn};

heist_runtime::task_local! {
    static NUMBER: u32;
    static SHARED: Rc<Cell<u32>>
}

#[test]
fn each_task_has_its_own_wherever_it_runs() {
    Runtime::new().unwrap().block_on(async {
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                spawn(NUMBER.scope(n, async move {
                    for _ in 0..100 {
                        assert_eq!(NUMBER.get(), n);
                        yield_now().await;
                    }
                    // In another task.
                    assert!(spawn(async { NUMBER.try_get() }).await.unwrap().is_err());
                }))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(NUMBER.try_get().is_err());
    });
}

#[test]
fn scopes_nest() {
    block_on(NUMBER.scope(1, async {
        assert_eq!(NUMBER.sync_scope(2, || NUMBER.get()), 2);
        NUMBER
            .scope(3, async {
                assert_eq!(NUMBER.get(), 3);
                yield_now().await;
                assert_eq!(NUMBER.get(), 3);
            })
            .await;
        assert_eq!(NUMBER.get(), 1);
    }));
}

#[test]
fn a_panic_does_not_leave_the_value_behind() {
    let scope = AssertUnwindSafe(|| block_on(NUMBER.scope(1, async { panic!("out") })));
    assert!(catch_unwind(scope).is_err());
    assert!(NUMBER.try_get().is_err());
}

#[test]
fn the_value_is_there_while_the_future_is_dropped() {
    struct Read(Rc<Cell<u32>>);
    impl Drop for Read {
        fn drop(&mut self) {
            self.0.set(NUMBER.get());
        }
    }
    let seen = Rc::new(Cell::new(0));
    for polled in [false, true] {
        let read = Read(seen.clone());
        let mut future = Box::pin(NUMBER.scope(7, async move {
            let _read = read;
            pending::<()>().await;
        }));
        if polled {
            block_on(poll_once(future.as_mut()));
        }
        drop(future);
        assert_eq!(seen.take(), 7);
    }
}

#[test]
fn the_value_can_be_taken_out_in_the_end() {
    let mut future = Box::pin(SHARED.scope(Rc::default(), async {
        SHARED.with(|shared| shared.set(5));
    }));
    block_on(future.as_mut());
    assert_eq!(
        future.as_mut().take_value().map(|shared| shared.get()),
        Some(5)
    );
    assert!(future.as_mut().take_value().is_none());
}

#[test]
fn a_scope_within_a_borrow_panics_with_the_reason() {
    let entered = AssertUnwindSafe(|| {
        NUMBER.sync_scope(1, || NUMBER.with(|_| NUMBER.sync_scope(2, || ())));
    });
    let message = catch_unwind(entered).unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert!(message.contains("in use"), "{message}");
}

fn _is_send(future: impl Future<Output = ()> + Send) -> impl Future<Output = ()> + Send {
    NUMBER.scope(1, future)
}
