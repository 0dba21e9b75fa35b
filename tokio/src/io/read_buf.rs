//! `ReadBuf`: the buffer that a read fills, which need not be initialized.
//!
//! Invariant: `filled <= initialized <= bytes.len()`, and the first `initialized` bytes are.

#[cfg(feature = "io-util")]
use bytes::{BufMut, buf::UninitSlice};
use std::fmt;
use std::mem::MaybeUninit;

/// A byte buffer that is filled from the start, and keeps track of how far it is initialized.
///
/// ```text
/// [             capacity               ]
/// [ filled |          unfilled         ]
/// [     initialized    | uninitialized ]
/// ```
///
/// What has been initialized once must stay so.
pub struct ReadBuf<'a> {
    bytes: &'a mut [MaybeUninit<u8>],
    filled: usize,
    initialized: usize,
}

impl<'a> ReadBuf<'a> {
    /// A buffer over bytes that are all initialized.
    #[inline]
    pub fn new(buf: &'a mut [u8]) -> Self {
        let initialized = buf.len();
        // SAFETY: the layout is the same, and nothing here ever stores an uninitialized byte: the
        // functions that hand `bytes` out are unsafe, and forbid it.
        let bytes = unsafe { &mut *(std::ptr::from_mut(buf) as *mut [MaybeUninit<u8>]) };
        Self {
            bytes,
            filled: 0,
            initialized,
        }
    }

    /// A buffer over bytes of which none need be initialized.
    #[inline]
    pub fn uninit(buf: &'a mut [MaybeUninit<u8>]) -> Self {
        Self {
            bytes: buf,
            filled: 0,
            initialized: 0,
        }
    }

    /// How many bytes there are in all.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// The filled part.
    #[inline]
    pub fn filled(&self) -> &[u8] {
        // SAFETY: what is filled is initialized.
        unsafe { initialized(&self.bytes[..self.filled]) }
    }

    /// The filled part.
    #[inline]
    pub fn filled_mut(&mut self) -> &mut [u8] {
        // SAFETY: what is filled is initialized.
        unsafe { initialized_mut(&mut self.bytes[..self.filled]) }
    }

    /// The first `n` unfilled bytes, or as many as there are, as a buffer of their own, which
    /// counts as uninitialized.
    #[inline]
    pub fn take(&mut self, n: usize) -> ReadBuf<'_> {
        let len = n.min(self.remaining());
        ReadBuf::uninit(&mut self.bytes[self.filled..][..len])
    }

    /// The initialized part, of which the filled one is the beginning.
    #[inline]
    pub fn initialized(&self) -> &[u8] {
        // SAFETY: by the invariant.
        unsafe { initialized(&self.bytes[..self.initialized]) }
    }

    /// The initialized part, of which the filled one is the beginning.
    #[inline]
    pub fn initialized_mut(&mut self) -> &mut [u8] {
        // SAFETY: by the invariant.
        unsafe { initialized_mut(&mut self.bytes[..self.initialized]) }
    }

    /// All bytes, initialized or not.
    ///
    /// # Safety
    ///
    /// The caller must not store an uninitialized byte in any of them.
    #[inline]
    pub unsafe fn inner_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        self.bytes
    }

    /// The unfilled bytes, initialized or not.
    ///
    /// # Safety
    ///
    /// The caller must not store an uninitialized byte in any of them.
    #[inline]
    pub unsafe fn unfilled_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        &mut self.bytes[self.filled..]
    }

    /// The unfilled bytes, initialized where they were not.
    #[inline]
    pub fn initialize_unfilled(&mut self) -> &mut [u8] {
        self.initialize_unfilled_to(self.remaining())
    }

    /// The first `n` unfilled bytes, initialized where they were not.
    ///
    /// # Panics
    ///
    /// If fewer than `n` are unfilled.
    #[inline]
    #[track_caller]
    pub fn initialize_unfilled_to(&mut self, n: usize) -> &mut [u8] {
        assert!(self.remaining() >= n, "n overflows remaining");
        let end = self.filled + n;
        if self.initialized < end {
            self.bytes[self.initialized..end].fill(MaybeUninit::new(0));
            self.initialized = end;
        }
        let start = self.filled;
        &mut self.initialized_mut()[start..end]
    }

    /// How many bytes are unfilled.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.filled
    }

    /// Marks all bytes as unfilled. They stay as they are.
    #[inline]
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// Marks `n` more bytes as filled.
    ///
    /// # Panics
    ///
    /// If they are not initialized.
    #[inline]
    #[track_caller]
    pub fn advance(&mut self, n: usize) {
        let filled = self.filled.checked_add(n).expect("filled overflow");
        self.set_filled(filled);
    }

    /// Marks the first `n` bytes as filled, and no others.
    ///
    /// # Panics
    ///
    /// If they are not initialized.
    #[inline]
    #[track_caller]
    pub fn set_filled(&mut self, n: usize) {
        assert!(
            n <= self.initialized,
            "filled must not become larger than initialized"
        );
        self.filled = n;
    }

    /// Marks the first `n` unfilled bytes as initialized.
    ///
    /// # Safety
    ///
    /// They must be.
    #[inline]
    pub unsafe fn assume_init(&mut self, n: usize) {
        self.initialized = self.initialized.max(self.filled + n);
    }

    /// Fills in a copy of `buf`.
    ///
    /// # Panics
    ///
    /// If it does not fit.
    #[inline]
    #[track_caller]
    pub fn put_slice(&mut self, buf: &[u8]) {
        assert!(
            self.remaining() >= buf.len(),
            "buf.len() must fit in remaining(); buf.len() = {}, remaining() = {}",
            buf.len(),
            self.remaining()
        );
        let end = self.filled + buf.len();
        // SAFETY: `MaybeUninit<u8>` has the layout of `u8`, and may be initialized.
        let buf = unsafe { &*(std::ptr::from_ref(buf) as *const [MaybeUninit<u8>]) };
        self.bytes[self.filled..end].copy_from_slice(buf);
        self.initialized = self.initialized.max(end);
        self.filled = end;
    }
}

#[cfg(feature = "io-util")]
// SAFETY: the chunk is the unfilled part, `remaining_mut` its length, and `advance_mut` moves its
// start by as many bytes as it is told.
unsafe impl BufMut for ReadBuf<'_> {
    fn remaining_mut(&self) -> usize {
        self.remaining()
    }

    unsafe fn advance_mut(&mut self, cnt: usize) {
        // SAFETY: the caller has initialized them.
        unsafe { self.assume_init(cnt) };
        self.advance(cnt);
    }

    fn chunk_mut(&mut self) -> &mut UninitSlice {
        UninitSlice::uninit(&mut self.bytes[self.filled..])
    }
}

impl fmt::Debug for ReadBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadBuf")
            .field("filled", &self.filled)
            .field("initialized", &self.initialized)
            .field("capacity", &self.capacity())
            .finish()
    }
}

/// # Safety
///
/// The bytes must be initialized.
unsafe fn initialized(bytes: &[MaybeUninit<u8>]) -> &[u8] {
    // SAFETY: the layout is the same, and the caller says that they are initialized.
    unsafe { &*(std::ptr::from_ref(bytes) as *const [u8]) }
}

/// # Safety
///
/// The bytes must be initialized.
unsafe fn initialized_mut(bytes: &mut [MaybeUninit<u8>]) -> &mut [u8] {
    // SAFETY: the layout is the same, and the caller says that they are initialized. No
    // uninitialized byte can be stored through the reference.
    unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [u8]) }
}
