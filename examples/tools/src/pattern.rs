//! The bytes that are sent: each is a function of the connection, the request and its position in
//! the request.
//!
//! Therefore no sent bytes need to be stored to check the replies, and a reply that is mixed up
//! with another connection's, reordered, repeated or shifted is detected. Requests of at least 8
//! bytes all differ; shorter ones may coincide by chance.

/// The bytes of one connection: requests of `size` bytes, back to back.
pub struct Pattern {
    connection: u64,
    size: u64,
}

/// A byte of a reply that differs from the one sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The request that it belongs to.
    pub request: u64,
    /// Its position in the request.
    pub at: u64,
    /// The byte that was sent.
    pub expected: u8,
    /// The byte that came back.
    pub got: u8,
}

impl Pattern {
    /// Creates payloads of `size` bytes (not 0) for the connection with this number.
    pub fn new(connection: u64, size: u64) -> Pattern {
        Pattern { connection, size }
    }

    /// Writes the stream's bytes from `offset` on to `out`.
    pub fn fill(&self, mut offset: u64, mut out: &mut [u8]) {
        while !out.is_empty() {
            let (request, at) = (offset / self.size, offset % self.size);
            let n = out.len().min((self.size - at) as usize);
            let (now, later) = out.split_at_mut(n);
            fill_request(self.seed(request), at, now);
            offset += n as u64;
            out = later;
        }
    }

    /// Returns the first byte of `bytes` that differs from the stream from `offset` on.
    pub fn mismatch(&self, mut offset: u64, bytes: &[u8]) -> Option<Mismatch> {
        let mut expected = [0; 512];
        for got in bytes.chunks(expected.len()) {
            let expected = &mut expected[..got.len()];
            self.fill(offset, expected);
            if expected != got {
                let i = expected.iter().zip(got).take_while(|(a, b)| a == b).count();
                let offset = offset + i as u64;
                return Some(Mismatch {
                    request: offset / self.size,
                    at: offset % self.size,
                    expected: expected[i],
                    got: got[i],
                });
            }
            offset += got.len() as u64;
        }
        None
    }

    /// Returns whether the first 8 of `bytes`, or all if there are fewer, match the start of the
    /// request.
    pub fn begins(&self, request: u64, bytes: &[u8]) -> bool {
        let expected = self.seed(request).to_le_bytes();
        std::iter::zip(expected, bytes).all(|(expected, got)| expected == *got)
    }

    /// Returns a value that differs for all requests of all connections (up to 2^24 connections of
    /// 2^40 requests).
    fn seed(&self, request: u64) -> u64 {
        // The finalizer of splitmix64, a bijection.
        let mut x = (self.connection << 40) ^ request;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}

/// Writes the bytes of one request, from its byte `at` on: one word per 8 bytes, in arithmetic
/// progression.
fn fill_request(seed: u64, at: u64, out: &mut [u8]) {
    let word = |i: u64| {
        seed.wrapping_add(i.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .to_le_bytes()
    };

    let skip = (at % 8) as usize;
    let head = if skip == 0 {
        0
    } else {
        out.len().min(8 - skip)
    };
    let (head, rest) = out.split_at_mut(head);
    head.copy_from_slice(&word(at / 8)[skip..skip + head.len()]);

    let mut i = at.div_ceil(8);
    let mut words = rest.chunks_exact_mut(8);
    for chunk in &mut words {
        chunk.copy_from_slice(&word(i));
        i += 1;
    }
    let tail = words.into_remainder();
    tail.copy_from_slice(&word(i)[..tail.len()]);
}
