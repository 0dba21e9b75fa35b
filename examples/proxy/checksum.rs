//! What is sent, and a sum of it by which both ends can tell that it is the same.

/// A text without order, to be sent over and over. Its length has no factor in common with any
/// buffer's, so that displaced bytes show.
pub(crate) fn text() -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..1_000_003).map(|_| next()).collect()
}

/// A sum over bytes in their order, whatever pieces they come in. Cheap, and no match for malice.
#[derive(Default)]
pub(crate) struct Checksum {
    sum: u64,
    /// The bytes since the last whole word.
    word: [u8; 8],
    len: u64,
}

impl Checksum {
    pub(crate) fn add(&mut self, mut bytes: &[u8]) {
        let at = (self.len % 8) as usize;
        self.len += bytes.len() as u64;
        if at > 0 {
            let (head, rest) = bytes.split_at(bytes.len().min(8 - at));
            self.word[at..at + head.len()].copy_from_slice(head);
            bytes = rest;
            if at + head.len() < 8 {
                return;
            }
            self.add_word(self.word);
        }
        let words = bytes.chunks_exact(8);
        let rest = words.remainder();
        for word in words {
            self.add_word(word.try_into().expect("there are eight"));
        }
        self.word[..rest.len()].copy_from_slice(rest);
    }

    fn add_word(&mut self, word: [u8; 8]) {
        // FxHash's step, with its constant.
        self.sum = (self.sum.rotate_left(5) ^ u64::from_le_bytes(word))
            .wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    pub(crate) fn finish(mut self) -> u64 {
        let at = (self.len % 8) as usize;
        self.word[at..].fill(0);
        self.add_word(self.word);
        self.add_word(self.len.to_le_bytes());
        self.sum
    }
}
