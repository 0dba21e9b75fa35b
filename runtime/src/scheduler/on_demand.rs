//! Values for spare workers, of which most runtimes never need one: all are made when the first is
//! needed.
//!
//! Any thread may be the one that makes them.

use std::sync::OnceLock;

pub(super) struct OnDemand<T> {
    values: OnceLock<Box<[T]>>,
    count: usize,
    make: fn() -> T,
}

impl<T> OnDemand<T> {
    pub(super) fn new(count: usize, make: fn() -> T) -> Self {
        let on_demand = Self {
            values: OnceLock::new(),
            count,
            make,
        };
        if cfg!(loom) {
            // loom does not know this lock, and would see a race.
            on_demand.all();
        }
        on_demand
    }

    /// Returns how many values there are, made or not.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Returns the values if they have been made.
    pub(super) fn if_made(&self) -> Option<&[T]> {
        self.values.get().map(|values| &**values)
    }

    /// Returns the values, and makes them first if they have not been made.
    pub(super) fn all(&self) -> &[T] {
        let make_all = || (0..self.count).map(|_| (self.make)()).collect();
        self.values.get_or_init(make_all)
    }
}
