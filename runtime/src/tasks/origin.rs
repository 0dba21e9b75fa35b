//! A task's name and the place where it was spawned, in one word.
//!
//! Invariant: the pointer is that of a `Location`, or that of a box owned by this `Origin` with the
//! lowest bit set.

use std::marker::PhantomData;
use std::num::NonZero;
use std::panic::Location;
use std::ptr::NonNull;

/// A task's name, if it was given one, and where it was spawned. One word, since every task carries
/// it and few have a name.
pub(crate) struct Origin {
    tagged: NonNull<()>,
    _owned: PhantomData<Box<Named>>,
}

struct Named {
    location: &'static Location<'static>,
    name: Box<str>,
}

/// Set in the pointer to a `Named`. The bit is free, as both pointees contain pointers and are
/// aligned accordingly.
const NAMED: usize = 1;
const _: () = assert!(align_of::<Location<'static>>() > NAMED && align_of::<Named>() > NAMED);

// SAFETY: it is a shared reference to a `Location`, which is `Sync`, or a box whose content is
// `Send` and `Sync` and never changes.
unsafe impl Send for Origin {}
// SAFETY: as above.
unsafe impl Sync for Origin {}

impl Origin {
    /// Returns the origin of a task spawned by the caller of a `#[track_caller]` function.
    #[track_caller]
    pub(crate) fn caller() -> Self {
        Self::new(NonNull::from(Location::caller()).cast())
    }

    fn new(tagged: NonNull<()>) -> Self {
        Self {
            tagged,
            _owned: PhantomData,
        }
    }

    fn of_named(named: Named) -> Self {
        let pointer = NonNull::from(Box::leak(Box::new(named))).cast::<()>();
        Self::new(pointer.map_addr(|address| address | NAMED))
    }

    pub(crate) fn named(self, name: Option<&str>) -> Self {
        let Some(name) = name else { return self };
        Self::of_named(Named {
            location: self.location(),
            name: name.into(),
        })
    }

    #[inline]
    fn as_named(&self) -> Option<NonNull<Named>> {
        let address = self.tagged.addr().get();
        let is_named = address & NAMED != 0;
        let untagged = NonZero::new(address & !NAMED)?;
        is_named.then(|| self.tagged.with_addr(untagged).cast())
    }

    pub(crate) fn location(&self) -> &'static Location<'static> {
        match self.as_named() {
            // SAFETY: the box is ours until the drop.
            Some(named) => unsafe { named.as_ref() }.location,
            // SAFETY: by the invariant it is a `Location`, which lives forever.
            None => unsafe { self.tagged.cast().as_ref() },
        }
    }

    pub(crate) fn name(&self) -> Option<&str> {
        // SAFETY: the box is ours until the drop, and `self` is borrowed as long as the name.
        let named = unsafe { self.as_named()?.as_ref() };
        Some(&named.name)
    }
}

impl Clone for Origin {
    fn clone(&self) -> Self {
        match self.name() {
            Some(name) => Self::of_named(Named {
                location: self.location(),
                name: name.into(),
            }),
            None => Self::new(self.tagged),
        }
    }
}

impl Drop for Origin {
    #[inline]
    fn drop(&mut self) {
        if let Some(named) = self.as_named() {
            // SAFETY: it came from a box in `of_named`, and nothing else owns it.
            drop(unsafe { Box::from_raw(named.as_ptr()) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_location_fit_into_a_word() {
        assert_eq!(size_of::<Option<Origin>>(), size_of::<usize>());
        let plain = Origin::caller();
        assert_eq!((plain.name(), plain.location().file()), (None, file!()));
        let named = plain.clone().named(Some("one")).named(Some("other"));
        assert_eq!(named.name(), Some("other"));
        assert_eq!(named.location(), plain.location());
        let clone = named.clone();
        drop(named);
        assert_eq!(clone.name(), Some("other"));
        assert_eq!(clone.clone().named(None).name(), Some("other"));
        assert_eq!(plain.named(Some("")).name(), Some(""));
    }
}
