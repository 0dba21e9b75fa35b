//! Where text may be cut. A Windows console accepts only whole UTF-8 characters, and refuses the
//! rest of a character that was cut.

use crate::buffer::MAX_BUFFER;

/// The length of UTF-8's longest character.
const LONGEST: usize = 4;

/// The number of bytes at the beginning that are examined to tell text from other data: tokio's
/// value.
const SAMPLE: usize = 8 * LONGEST;

/// Returns the part of `bytes` to be written at once, without an incomplete character at its end.
pub(super) fn whole_characters(bytes: &[u8]) -> &[u8] {
    if cfg!(windows) && bytes.len() > MAX_BUFFER {
        cut(&bytes[..MAX_BUFFER])
    } else {
        bytes
    }
}

/// Returns the bytes without an incomplete last character, if they are text at all.
fn cut(bytes: &[u8]) -> &[u8] {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let is_text = match std::str::from_utf8(sample) {
        Ok(_) => true,
        Err(error) => sample.len() - error.valid_up_to() < LONGEST,
    };
    let is_start = |byte: &u8| byte & 0b1100_0000 != 0b1000_0000;
    let tail = &bytes[bytes.len().saturating_sub(LONGEST)..];
    match tail.iter().rposition(is_start) {
        Some(start) if is_text && std::str::from_utf8(&tail[start..]).is_err() => {
            &bytes[..bytes.len() - (tail.len() - start)]
        }
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn text_is_cut_between_characters() {
        let text = "a".repeat(100) + "█";
        for (cut_off, left) in [(0, 103), (1, 100), (2, 100), (3, 100), (4, 99)] {
            assert_eq!(cut(&text.as_bytes()[..text.len() - cut_off]).len(), left);
        }
    }

    #[test]
    fn other_bytes_stay() {
        for bytes in [[0xff_u8; 100], [0x80; 100], [0xe2; 100]] {
            assert_eq!(cut(&bytes).len(), 100);
        }
        assert_eq!(cut(&[]), &[]);
    }
}
