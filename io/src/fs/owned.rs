//! Contents that a job can own, without a copy if the caller gave them away.

use std::any::TypeId;
use std::mem::{ManuallyDrop, transmute_copy};

/// Moves a `Vec<u8>` or a `String`, and copies the bytes of anything else.
pub(super) fn owned<B: AsRef<[u8]>>(contents: B) -> Vec<u8> {
    let given = typeid::of::<B>();
    if given == TypeId::of::<Vec<u8>>() {
        let contents = ManuallyDrop::new(contents);
        // SAFETY: `B` is `Vec<u8>`: the ids of two types are equal only if they differ at most in
        // lifetimes, and `Vec<u8>` has none. The original is neither used again nor dropped.
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
    fn owned_contents_are_not_copied() {
        let (bytes, text) = (vec![1, 2, 3], String::from("text"));
        let places = (bytes.as_ptr(), text.as_ptr());
        let (bytes, text) = (owned(bytes), owned(text));
        assert_eq!((bytes.as_ptr(), text.as_ptr()), places);
        assert_eq!((&bytes[..], &text[..]), (&[1, 2, 3][..], &b"text"[..]));
    }

    #[test]
    fn borrowed_contents_are_copied() {
        let bytes = vec![1, 2, 3];
        assert_eq!(owned(&bytes), bytes);
        assert_eq!(owned(&bytes[1..]), bytes[1..]);
        assert_eq!(owned("text"), b"text");
    }
}
