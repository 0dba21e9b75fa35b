//! `Key`: identifies in an event the registration that it belongs to.
//!
//! Invariant: no two registrations of a driver have the same key. While an event is in flight, its
//! source may be removed and another may take its slot; the event must not be delivered to the
//! other.

use std::io;

/// The low bits of a key are the slot of the source, the high bits a serial number of the
/// registration. With 32 of 64 bits each, 2^32 registrations do not happen between a wait and the
/// handling of its events. A 32-bit machine has room for a million sources, more than it can have
/// open. If an event carries only 32 bits there, one in 4,096 of the few late events is delivered
/// to the wrong source.
const PLACE_BITS: u32 = if usize::BITS == 64 { 32 } else { 20 };

/// Slots at the end that no source gets: their keys are reserved for the platforms' pollers.
const RESERVED: u64 = 4;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Key(u64);

impl Key {
    /// Returns the key of the driver's registration number `serial`, in keys of `bits` bits.
    ///
    /// # Errors
    ///
    /// Returns an error if the slot does not fit into a key.
    pub(super) fn new(place: usize, serial: u64, bits: u32) -> io::Result<Self> {
        let place = place as u64;
        if place >= (1 << PLACE_BITS) - RESERVED {
            return Err(io::Error::other("the I/O driver watches too many sources"));
        }
        let key = (serial << PLACE_BITS) | place;
        Ok(Self(key & (u64::MAX >> (u64::BITS - bits))))
    }

    pub(super) fn place(self) -> usize {
        (self.0 & ((1 << PLACE_BITS) - 1)) as usize
    }

    /// Returns the key as a poller carries it.
    pub(super) fn bits(self) -> u64 {
        self.0
    }

    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_registration_has_a_key_of_its_own() {
        let keys = [(0, 0), (0, 1), (1, 0), (7, 5), (8, 5)].map(|(place, serial)| {
            let key = Key::new(place, serial, u64::BITS).unwrap();
            assert_eq!(key.place(), place);
            assert_eq!(Key::from_bits(key.bits()), key);
            key.bits()
        });
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key));
        }
    }

    #[test]
    fn no_source_has_a_key_of_the_poller_itself() {
        let last = (1_u64 << PLACE_BITS) - RESERVED - 1;
        let serials = [0, u64::MAX >> PLACE_BITS, u64::MAX];
        for (serial, bits) in serials
            .into_iter()
            .flat_map(|s| [(s, 64), (s, usize::BITS)])
        {
            let key = Key::new(last as usize, serial, bits).unwrap();
            let most = u64::MAX >> (u64::BITS - bits);
            assert!(key.bits() < most - 2, "{key:?}");
        }
        Key::new(last as usize + 1, 0, u64::BITS).unwrap_err();
    }
}
