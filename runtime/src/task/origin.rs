//! Who a task is: what reports and dumps call it.

use std::fmt;
use std::panic::Location;

/// A task's name, if it was given one, and where it was spawned. Two words, since every task
/// carries them.
#[derive(Clone)]
pub(crate) struct Origin {
    location: &'static Location<'static>,
    /// Boxed twice: few tasks have a name, and the others should not pay a word for its length.
    name: Option<Box<Box<str>>>,
}

impl Origin {
    /// Of a task that the caller of a `#[track_caller]` function spawns.
    #[track_caller]
    pub(crate) fn caller() -> Self {
        Self {
            location: Location::caller(),
            name: None,
        }
    }

    pub(super) fn named(mut self, name: Option<&str>) -> Self {
        self.name = name.map(|name| Box::new(name.into()));
        self
    }

    pub(crate) fn location(&self) -> &'static Location<'static> {
        self.location
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| &***name)
    }
}

/// `"name", spawned at src/main.rs:10:5`, or without the name.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name() {
            write!(f, "{name:?}, ")?;
        }
        write!(f, "spawned at {}", self.location)
    }
}
