//! Costs that do not depend on the machine's mood: counted, not timed, wherever possible.

mod counted;
mod heap;
mod hello;
mod life;
mod memory;
mod tool;

use crate::body::{Loop, inside};
use crate::plan::{Contender, Plan};
use crate::row::{Group, Row, Sampler, Unit};
use crate::runtimes::Runtime;
use crate::sample::Sample;

/// Returns the rows that one process can measure by itself.
pub(crate) fn loops<R: Runtime>() -> Vec<Loop> {
    vec![
        cost(
            "allocations_spawn",
            "heap allocations of a task that is spawned and awaited",
            Unit::Allocations,
            |plan| inside::<R>(plan, heap::allocations_of_a_spawn::<R>(*plan)),
        ),
        cost(
            "pending_task_heap",
            "heap of a task with a future of no size, of 1,000,000 that never end: as asked for",
            Unit::Bytes,
            |plan| Sample::counted(memory::pending::<R>(plan).heap),
        ),
        cost(
            "pending_task",
            "resident memory of a task with a future of no size, of 1,000,000 that never end",
            Unit::Bytes,
            |plan| Sample::counted(memory::pending::<R>(plan).resident),
        ),
        cost(
            "sleeping_task_heap",
            "heap of a task that sleeps, of 1,000,000: as asked for",
            Unit::Bytes,
            |plan| Sample::counted(memory::sleeping::<R>(plan).heap),
        ),
        cost(
            "sleeping_task",
            "resident memory of a task that sleeps, of 1,000,000",
            Unit::Bytes,
            |plan| Sample::counted(memory::sleeping::<R>(plan).resident),
        ),
        cost(
            "start_up",
            "from starting a runtime until its first task has been awaited",
            Unit::Microseconds,
            life::start_up::<R>,
        ),
        cost(
            "shut_down",
            "dropping a runtime with nothing left to do",
            Unit::Microseconds,
            life::shut_down::<R>,
        ),
    ]
}

fn cost(name: &'static str, what: &'static str, unit: Unit, run: fn(&Plan) -> Sample) -> Loop {
    Loop {
        name,
        group: Group::Costs,
        what,
        unit,
        run,
        by_join: None,
    }
}

/// Returns the rows that need a second process or a tool.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = counted::rows();
    rows.push(memory::idle_connection());
    rows.extend(hello::rows());
    rows
}

/// Returns a row whose figure is nearly the same in every round.
fn row(name: &str, what: &str, unit: Unit, most_rounds: u32, sample: Box<Sampler>) -> Row {
    Row {
        name: name.to_owned(),
        group: Group::Costs,
        what: what.to_owned(),
        unit,
        contenders: Contender::RUNTIMES,
        most_rounds,
        sample,
    }
}
