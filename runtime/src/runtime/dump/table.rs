//! Formats a dump as a table.

use super::{Dump, Task, TaskState};
use crate::watchdog::Millis;
use std::fmt;

const HEADINGS: [&str; 6] = ["ID", "STATE", "POLLS", "BUSY", "NAME", "SPAWNED AT"];

/// The columns that are aligned to the right, since they hold numbers.
const RIGHT: [bool; 6] = [true, false, true, true, false, false];

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |state: fn(&TaskState) -> bool| {
            let tasks = self.tasks.iter();
            tasks.filter(|task| state(&task.state)).count()
        };
        let running = count(|state| matches!(state, TaskState::Running { .. }));
        let blocking = count(|state| matches!(state, TaskState::Blocking { .. }));
        let scheduled = count(|state| matches!(state, TaskState::Scheduled));
        let waiting = count(|state| matches!(state, TaskState::Waiting));
        let (tasks, workers) = (self.tasks.len(), self.workers);
        write!(
            f,
            "tasks: {tasks} ({running} running, {blocking} blocking, {scheduled} scheduled, \
             {waiting} waiting), workers: {workers}"
        )?;
        if let Some(name) = &self.runtime {
            write!(f, ", runtime: {name:?}")?;
        }
        let rows: Vec<_> = self.tasks.iter().map(Task::cells).collect();
        let mut widths = HEADINGS.map(str::len);
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        write_row(f, &widths, &HEADINGS.map(str::to_owned))?;
        rows.iter().try_for_each(|row| write_row(f, &widths, row))
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, widths: &[usize; 6], cells: &[String; 6]) -> fmt::Result {
    let mut line = String::new();
    for ((cell, &width), right) in cells.iter().zip(widths).zip(RIGHT) {
        line += &match right {
            true => format!("  {cell:>width$}"),
            false => format!("  {cell:<width$}"),
        };
    }
    write!(f, "\n{}", line.trim_end())
}

impl Task {
    fn cells(&self) -> [String; 6] {
        [
            self.id().to_string(),
            self.state_and_place(),
            self.polls.to_string(),
            Millis(self.busy).to_string(),
            self.name()
                .map(|name| format!("{name:?}"))
                .unwrap_or_default(),
            self.location().to_string(),
        ]
    }

    fn state_and_place(&self) -> String {
        let on = |worker: Option<usize>| worker.map(|n| format!(" on {n}")).unwrap_or_default();
        match self.state {
            TaskState::Running {
                worker,
                stalled_for,
            } => {
                let duration = stalled_for.map(|time| format!(" for {}", Millis(time)));
                format!("running{}{}", on(worker), duration.unwrap_or_default())
            }
            TaskState::Blocking { worker } => format!("blocking{}", on(Some(worker))),
            TaskState::Scheduled => format!("scheduled{}", on(self.pinned_to)),
            TaskState::Waiting => format!("waiting{}", on(self.pinned_to)),
        }
    }
}
