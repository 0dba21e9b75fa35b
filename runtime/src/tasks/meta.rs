//! The description of a task in reports, dumps and errors.
//!
//! It is created with the task and never changes; any thread reads it.

use super::id::Id;
use super::origin::Origin;
use std::fmt;
use std::panic::Location;

/// Identifies a task: its id, its name if it was given one, and where it was spawned.
#[derive(Clone)]
pub(crate) struct TaskMeta {
    id: Id,
    origin: Origin,
}

impl TaskMeta {
    /// Creates the description of a new task.
    #[inline]
    pub(crate) fn new(origin: Origin) -> Self {
        Self {
            id: Id::next(),
            origin,
        }
    }

    #[inline]
    pub(crate) fn id(&self) -> Id {
        self.id
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.origin.name()
    }

    pub(crate) fn location(&self) -> &'static Location<'static> {
        self.origin.location()
    }

    /// Begins the `Debug` output of a structure about the task, with the fields that describe the
    /// task.
    pub(crate) fn debug<'a, 'f>(
        &self,
        f: &'a mut fmt::Formatter<'f>,
        structure: &str,
    ) -> fmt::DebugStruct<'a, 'f> {
        let mut fields = f.debug_struct(structure);
        fields
            .field("id", &self.id)
            .field("name", &self.name())
            .field("location", &format_args!("{}", self.location()));
        fields
    }
}

impl fmt::Display for TaskMeta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, self.id, self.name(), self.location())
    }
}

/// Writes `task 7 ("resize", spawned at src/main.rs:10:5)`, without the name if it has none.
pub(crate) fn describe(
    f: &mut fmt::Formatter<'_>,
    id: Id,
    name: Option<&str>,
    location: &Location<'_>,
) -> fmt::Result {
    write!(f, "task {id} (")?;
    if let Some(name) = name {
        write!(f, "{name:?}, ")?;
    }
    write!(f, "spawned at {location})")
}
