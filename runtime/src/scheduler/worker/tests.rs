//! Tests of steps of a worker that cannot be arranged from outside.

use super::{LocalWorker, Seat};
use crate::platform::Topology;
use crate::scheduler::Shared;
use crate::scheduler::near::tests::two_sockets;
use crate::scheduler::queue::WorkerQueue;
use crate::scheduler::tests::{bare, bare_on};
use crate::tasks::{Origin, PanicsOnly, Priority};
use crate::{Builder, spawn, task};
use std::cell::RefCell;
use std::future::Future;
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Wake, Waker};
use std::thread;
use std::time::Duration;

/// Those that search may have been woken without having got a core yet.
#[test]
fn a_worker_takes_what_it_sees_however_many_search() {
    // There is no watchdog.
    let rt = Builder::new()
        .worker_threads(2)
        .stall_threshold(None)
        .build()
        .unwrap();
    let shared = rt.handle().shared();
    let (started, has_started) = mpsc::channel();
    let (release_brief, brief) = mpsc::channel::<()>();
    let has_brief_started = started.clone();
    rt.spawn(async move {
        has_brief_started.send(()).unwrap();
        let _ = brief.recv();
    });
    let (release_parent, parent) = mpsc::channel::<()>();
    let (ran, has_run) = mpsc::channel();
    rt.spawn(async move {
        started.send(()).unwrap();
        parent.recv().unwrap();
        // The task spawned last waits for the parent, the others for any worker that takes them.
        for _ in 0..2 {
            let ran = ran.clone();
            spawn(async move { ran.send(()) });
        }
        let _ = parent.recv();
    });
    has_started.iter().take(2).for_each(drop);

    shared.sleepers.join_search();
    release_parent.send(()).unwrap();
    while shared.workers.iter().all(|worker| worker.queue.len() == 0) {
        thread::yield_now();
    }
    drop(release_brief);
    has_run.recv_timeout(Duration::from_secs(30)).unwrap();
    shared.sleepers.end_search();
    drop(release_parent);
}

fn on_one_of_two<F>(parent: impl FnOnce(Arc<Shared>, mpsc::Sender<()>) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    on_one_of(2, parent);
}

/// Creates workers without a watchdog, runs `parent` on one while the others sleep, and waits for
/// its message.
fn on_one_of<F>(
    workers: usize,
    parent: impl FnOnce(Arc<Shared>, mpsc::Sender<()>) -> F + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let rt = Builder::new()
        .worker_threads(workers)
        .stall_threshold(None)
        .build()
        .unwrap();
    let shared = rt.handle().shared().clone();
    let (sender, done) = mpsc::channel();
    rt.spawn(async move {
        let own = LocalWorker::with(&shared, |worker| worker.index()).unwrap();
        let is_ready = |worker| worker == own || shared.sleepers.is_asleep(worker);
        while !(0..workers).all(is_ready) {
            thread::yield_now();
        }
        parent(shared, sender).await;
    });
    let came = done.recv_timeout(Duration::from_secs(30));
    if came.is_err() {
        // A worker is stuck for good.
        rt.shutdown_background();
    }
    came.unwrap();
}

/// A worker that blocks next would hold up the task in its next slot until the watchdog notices.
#[test]
fn while_alert_new_tasks_are_put_where_others_find_them() {
    on_one_of_two(async |shared, done| {
        shared.set_alert(true, true);
        let (ran, has_run) = mpsc::channel();
        spawn(async move { ran.send(()) });
        has_run.recv().unwrap();
        done.send(()).unwrap();
    });
}

#[test]
fn a_task_of_the_background_wakes_a_worker_that_sleeps() {
    on_one_of_two(async |_, done| {
        let (ran, has_run) = mpsc::channel();
        in_background(async move { _ = ran.send(()) });
        has_run.recv().unwrap();
        done.send(()).unwrap();
    });
}

/// A worker that takes one of them wakes another for the rest, also if it has searched because
/// further workers are awake.
#[test]
fn tasks_of_the_background_are_not_left_to_one_worker() {
    on_one_of_two(meet_in_the_background);
    on_one_of(3, async |shared, done| {
        let own = LocalWorker::with(&shared, |worker| worker.index()).unwrap();
        // It only counts as awake.
        shared.sleepers.wake_up((own + 1) % 3);
        meet_in_the_background(shared, done).await;
    });
}

async fn meet_in_the_background(shared: Arc<Shared>, done: mpsc::Sender<()>) {
    let both = Arc::new(Barrier::new(2));
    // A searcher is counted, so no worker is woken for the tasks.
    shared.sleepers.join_search();
    for _ in 0..2 {
        let (both, done) = (both.clone(), done.clone());
        in_background(async move {
            both.wait();
            _ = done.send(());
        });
    }
    shared.sleepers.end_search();
}

fn in_background(future: impl Future<Output = ()> + Send + 'static) {
    let builder = task::Builder::new().priority(Priority::Background);
    drop(builder.spawn(future));
}

/// It is polled as often as all of them together, but only they could be shared.
#[test]
fn a_task_that_awaits_new_ones_does_not_pass_for_many_that_come_back() {
    let rt = Builder::new()
        .worker_threads(1)
        .stall_threshold(None)
        .build()
        .unwrap();
    let shared = rt.handle().shared().clone();
    let awaits = rt.spawn(async move {
        for _ in 0..10 {
            let tasks: Vec<_> = (0..1_000).map(|_| spawn(async {})).collect();
            for task in tasks {
                task.await.unwrap();
                let come_back = LocalWorker::with(&shared, |worker| worker.recurrent.come_back());
                assert_eq!(come_back, Some(false));
            }
        }
    });
    rt.block_on(awaits).unwrap();
}

/// A thread-local's destructor that runs when a worker's thread ends may spawn, and must not find
/// the worker that was on the thread's stack.
#[test]
fn a_worker_that_ends_leaves_no_pointer_behind() {
    struct AtTheEnd(mpsc::Sender<(bool, bool)>);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let is_worker = LocalWorker::current().is_some();
            let _ = self
                .0
                .send((is_worker, crate::Handle::try_current().is_ok()));
        }
    }
    thread_local! {
        static LAST: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }
    let rt = Builder::new().worker_threads(1).build().unwrap();
    let (send, ended) = mpsc::channel();
    let task = rt.spawn(async { LAST.set(Some(AtTheEnd(send))) });
    rt.block_on(task).unwrap();
    drop(rt);
    assert_eq!(
        ended.recv(),
        Ok((false, false)),
        "still a worker, still in the runtime"
    );
}

/// Tests both the check before a sleep and the look.
#[test]
fn a_worker_finds_what_is_in_another_groups_injector() {
    let (shared, _) = bare(16, 0);
    let entry = || crate::tasks::tests::last_entry().0;
    let seat = Seat::new(shared.clone(), 3, WorkerQueue::new());
    let worker = seat.into_worker(Waker::noop().clone());
    let [own, other] = [0, 1].map(|group| &shared.groups.get(group).injector);
    assert!(!worker.has_injected_work());
    other.push(entry());
    assert!(worker.has_injected_work());
    assert!(worker.pop_injected().is_some());
    assert!(!worker.has_injected_work());
    // Even if its own injector always has tasks.
    other.push(entry());
    for _ in 0..4 {
        (0..100).for_each(|_| own.push(entry()));
        assert!(worker.pop_injected().is_some());
    }
    assert_eq!(other.len(), 0);
    shared.begin_shutdown();
    shared.end_tasks();
}

/// The system determines the core of this thread; the other workers are placed on cores of the
/// invented machine.
#[test]
fn a_thief_visits_near_workers_first() {
    let (shared, _, mut seats) = bare_on(two_sockets, 9, 0);
    let near = shared.near.as_ref().unwrap();
    let worker = seats.remove(0).into_worker(Waker::noop().clone());
    for round in 0..20 {
        (1..9).for_each(|other| near.note(other, Some((other + round) % 8)));
        let visited = RefCell::new(Vec::new());
        let found = worker.visit_victims(|victim| {
            visited.borrow_mut().push(victim);
            None::<()>
        });
        assert!(found.is_none());
        let mut visited = visited.into_inner();
        assert!(visited.is_sorted_by_key(|&victim| near.nearness(0, victim)));
        visited.sort_unstable();
        assert!(visited.into_iter().eq(1..9));
    }
    shared.begin_shutdown();
    shared.end_tasks();
}

/// No other thread may count on a worker that runs the user's code.
#[test]
fn a_worker_does_not_search_while_it_calls_a_waker() {
    struct Asks(Arc<Shared>, mpsc::Sender<bool>);
    impl Wake for Asks {
        fn wake(self: Arc<Self>) {
            self.1.send(self.0.sleepers.anyone_searching()).unwrap();
        }
    }
    let (shared, _, mut seats) = bare_on(Topology::default, 3, 0);
    let worker = seats.remove(0).into_worker(Waker::noop().clone());
    shared.sleepers.announce(0);
    assert!(shared.wake_one());
    worker.end_sleep();
    assert!(shared.sleepers.anyone_searching());
    let (tell, searches) = mpsc::channel();
    let waker = Waker::from(Arc::new(Asks(shared.clone(), tell)));
    worker.wake_all(vec![waker.into()]);
    assert_eq!(searches.recv(), Ok(false));
    assert!(worker.end_search(), "it searches afterwards");
    shared.begin_shutdown();
    shared.end_tasks();
}

/// A thread that made work while the worker still counted as awake has relied on it.
#[test]
fn a_spare_worker_that_rests_provides_for_remaining_tasks() {
    let (shared, _) = bare(1, 1);
    assert!(shared.call_spare());
    let worker = shared.spare_seat(1).into_worker(Waker::noop().clone());
    shared.sleepers.set_stalled(0, true);
    let (_task, refused) = shared.spawn::<PanicsOnly, _>(async {}, Origin::caller());
    assert!(refused.is_none());
    shared.retire_spares(1);
    assert!(worker.rest(), "nobody runs the task");
    assert_eq!(
        shared.called_spares(),
        2,
        "there is none but itself to call"
    );
    shared.begin_shutdown();
    shared.end_tasks();
}

/// Otherwise it calls itself for the tasks that it hands over, and never rests while the others are
/// busy.
#[test]
fn a_spare_worker_that_rests_leaves_its_tasks_to_workers_that_make_progress() {
    let (shared, _) = bare(1, 2);
    assert!(shared.call_spare());
    let worker = shared.spare_seat(1).into_worker(Waker::noop().clone());
    let (task, refused) = shared.spawn::<PanicsOnly, _>(async {}, Origin::caller());
    assert!(refused.is_none());
    shared.retire_spares(1);
    assert!(!worker.rest(), "its thread may end");
    assert_eq!(shared.called_spares(), 1);
    assert_eq!(shared.injected_tasks(), 1, "the regular worker finds it");
    drop(task);
    shared.begin_shutdown();
    shared.end_tasks();
}
