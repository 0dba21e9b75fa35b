//! What each live task is doing, from the registries and the state that the workers publish.

use super::{Task, TaskState};
use crate::runtime::Handle;
use crate::scheduler::{Polled, Shared};
use crate::tasks::{Header, Phase, TaskRef};
use crate::watchdog::Stalls;
use std::time::Duration;

/// Returns all live tasks, including pinned ones.
pub(super) fn live_tasks(handle: &Handle) -> Vec<Task> {
    let (shared, stalls) = (handle.shared(), handle.stall_log());
    let free = shared.registry.list().into_iter().map(|task| (task, None));
    let pinned = shared
        .workers
        .iter()
        .enumerate()
        .flat_map(|(index, worker)| {
            let tasks = worker.pinned.list().into_iter();
            tasks.map(move |task| (task, Some(index)))
        });
    free.chain(pinned)
        .filter_map(|(task, pinned_to)| describe(shared, stalls, &task, pinned_to))
        .collect()
}

/// Describes a task, or returns `None` if it has ended.
fn describe(
    shared: &Shared,
    stalls: &Stalls,
    task: &TaskRef,
    pinned_to: Option<usize>,
) -> Option<Task> {
    let task = task.header();
    let state = match task.phase() {
        Phase::Complete => return None,
        Phase::Waiting => TaskState::Waiting,
        Phase::Scheduled => TaskState::Scheduled,
        Phase::Running => match pinned_to.or_else(|| polling_worker(shared, task)) {
            Some(worker) if shared.sleepers.is_blocking(worker) => TaskState::Blocking { worker },
            worker => TaskState::Running {
                worker,
                stalled_for: worker
                    .and_then(|worker| stalls.stalled_for(shared, worker, task.meta().id())),
            },
        },
    };
    let so_far = match state {
        TaskState::Running { stalled_for, .. } => stalled_for.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    Some(Task {
        meta: task.meta().clone(),
        state,
        pinned_to,
        polls: task.effort().polls(),
        busy: task.effort().busy() + so_far,
    })
}

fn polling_worker(shared: &Shared, task: &Header) -> Option<usize> {
    let key = Polled::Task(task.registry_key());
    let mut workers = shared.workers.iter();
    workers.position(|worker| worker.pulse.polled() == key)
}
