//! Contents that a job can own: without a copy, where the caller gave them away.

use std::any::TypeId;
use std::mem::{ManuallyDrop, transmute_copy};

/// Takes a `Vec<u8>` or a `String` over, and copies what lies in anything else.
pub(super) fn owned<B: AsRef<[u8]>>(contents: B) -> Vec<u8> {
    let given = typeid::of::<B>();
    if given == TypeId::of::<Vec<u8>>() {
        let contents = ManuallyDrop::new(contents);
        // SAFETY: `B` is `Vec<u8>`, as its id says, which tells types apart but for lifetimes, of
        // which this one has none. The original is not used again, nor dropped.
        return unsafe { transmute_copy::<ManuallyDrop<B>, Vec<u8>>(&contents) };
    }
    if given == TypeId::of::<String>() {
        let contents = ManuallyDrop::new(contents);
        // SAFETY: as above, with `String`.
        let contents = unsafe { transmute_copy::<ManuallyDrop<B>, String>(&contents) };
        return contents.into_bytes();
    }
    contents.as_ref().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_away_stays_where_it_is() {
        let (bytes, text) = (vec![1, 2, 3], String::from("text"));
        let places = (bytes.as_ptr(), text.as_ptr());
        let (bytes, text) = (owned(bytes), owned(text));
        assert_eq!((bytes.as_ptr(), text.as_ptr()), places);
        assert_eq!((&bytes[..], &text[..]), (&[1, 2, 3][..], &b"text"[..]));
    }

    #[test]
    fn what_is_lent_is_copied() {
        let bytes = vec![1, 2, 3];
        assert_eq!(owned(&bytes), bytes);
        assert_eq!(owned(&bytes[1..]), bytes[1..]);
        assert_eq!(owned("text"), b"text");
    }
}
