//! `ReadBuf`: the buffer that a read fills, which need not be initialized.
//!
//! Invariant: `filled <= initialized <= bytes.len()`, and the first `initialized` bytes are
//! initialized.

#[cfg(feature = "io-util")]
use bytes::{BufMut, buf::UninitSlice};
use std::fmt;
use std::mem::MaybeUninit;

/// A byte buffer that is filled from the start, and keeps track of how much of it is initialized.
///
/// ```text
/// [             capacity               ]
/// [ filled |          unfilled         ]
/// [     initialized    | uninitialized ]
/// ```
///
/// Bytes that have been initialized must stay initialized.
pub struct ReadBuf<'a> {
    bytes: &'a mut [MaybeUninit<u8>],
    filled: usize,
    initialized: usize,
}

impl<'a> ReadBuf<'a> {
    /// Creates a buffer over bytes that are all initialized.
    #[inline]
    pub fn new(buf: &'a mut [u8]) -> Self {
        let initialized = buf.len();
        // SAFETY: the layout is the same, and nothing here ever stores an uninitialized byte: the
        // functions that hand out `bytes` are unsafe and forbid it.
        let bytes = unsafe { &mut *(std::ptr::from_mut(buf) as *mut [MaybeUninit<u8>]) };
        Self {
            bytes,
            filled: 0,
            initialized,
        }
    }

    /// Creates a buffer over bytes that need not be initialized.
    #[inline]
    pub fn uninit(buf: &'a mut [MaybeUninit<u8>]) -> Self {
        Self {
            bytes: buf,
            filled: 0,
            initialized: 0,
        }
    }

    /// Returns the total number of bytes.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the filled part.
    #[inline]
    pub fn filled(&self) -> &[u8] {
        // SAFETY: the filled bytes are initialized.
        unsafe { initialized(&self.bytes[..self.filled]) }
    }

    /// Returns the filled part mutably.
    #[inline]
    pub fn filled_mut(&mut self) -> &mut [u8] {
        // SAFETY: the filled bytes are initialized.
        unsafe { initialized_mut(&mut self.bytes[..self.filled]) }
    }

    /// Returns the first `n` unfilled bytes, or all of them if there are fewer, as a buffer of its
    /// own that counts as uninitialized.
    #[inline]
    pub fn take(&mut self, n: usize) -> ReadBuf<'_> {
        let len = n.min(self.remaining());
        ReadBuf::uninit(&mut self.bytes[self.filled..][..len])
    }

    /// Returns the initialized part, which begins with the filled part.
    #[inline]
    pub fn initialized(&self) -> &[u8] {
        // SAFETY: by the invariant.
        unsafe { initialized(&self.bytes[..self.initialized]) }
    }

    /// Returns the initialized part, which begins with the filled part, mutably.
    #[inline]
    pub fn initialized_mut(&mut self) -> &mut [u8] {
        // SAFETY: by the invariant.
        unsafe { initialized_mut(&mut self.bytes[..self.initialized]) }
    }

    /// Returns all bytes, initialized or not.
    ///
    /// # Safety
    ///
    /// The caller must not store an uninitialized byte in any of them.
    #[inline]
    pub unsafe fn inner_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        self.bytes
    }

    /// Returns the unfilled bytes, initialized or not.
    ///
    /// # Safety
    ///
    /// The caller must not store an uninitialized byte in any of them.
    #[inline]
    pub unsafe fn unfilled_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        &mut self.bytes[self.filled..]
    }

    /// Initializes the unfilled bytes where necessary, and returns them.
    #[inline]
    pub fn initialize_unfilled(&mut self) -> &mut [u8] {
        self.initialize_unfilled_to(self.remaining())
    }

    /// Initializes the first `n` unfilled bytes where necessary, and returns them.
    ///
    /// # Panics
    ///
    /// Panics if fewer than `n` bytes are unfilled.
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

    /// Returns the number of unfilled bytes.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.filled
    }

    /// Marks all bytes as unfilled, without changing them.
    #[inline]
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// Marks `n` more bytes as filled.
    ///
    /// # Panics
    ///
    /// Panics if these bytes are not initialized.
    #[inline]
    #[track_caller]
    pub fn advance(&mut self, n: usize) {
        let filled = self.filled.checked_add(n).expect("filled overflow");
        self.set_filled(filled);
    }

    /// Marks exactly the first `n` bytes as filled.
    ///
    /// # Panics
    ///
    /// Panics if these bytes are not initialized.
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
    /// They must be initialized.
    #[inline]
    pub unsafe fn assume_init(&mut self, n: usize) {
        self.initialized = self.initialized.max(self.filled + n);
    }

    /// Appends a copy of `buf` to the filled part.
    ///
    /// # Panics
    ///
    /// Panics if `buf` does not fit.
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
// SAFETY: the chunk is the unfilled part, `remaining_mut` is its length, and `advance_mut` moves
// its start by exactly `cnt` bytes.
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
    // SAFETY: the layout is the same, and the caller promises that the bytes are initialized.
    unsafe { &*(std::ptr::from_ref(bytes) as *const [u8]) }
}

/// # Safety
///
/// The bytes must be initialized.
unsafe fn initialized_mut(bytes: &mut [MaybeUninit<u8>]) -> &mut [u8] {
    // SAFETY: the layout is the same, and the caller promises that the bytes are initialized. No
    // uninitialized byte can be stored through the reference.
    unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [u8]) }
}
