//! `Key`: what an event carries to say whose it is.
//!
//! Invariant: no two registrations of a driver have the same key. An event may be on its way when
//! its source goes and another takes the place, and must not be taken for the other's.

use std::io;

/// The low bits of a key say where among the sources the source is, the high bits which one of
/// those that have been there. Half and half of 64 bits: 2^32 registrations do not happen between a
/// wait and what it found. On a machine of 32 bits there is room for a million sources, more than
/// it can have open; if an event carries no more bits than that, one in 4,096 of the few that come
/// too late is taken for the successor's.
const PLACE_BITS: u32 = if usize::BITS == 64 { 32 } else { 20 };

/// Places at the end that no source gets: their keys are the backends' own.
const RESERVED: u64 = 4;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Key(u64);

#[cfg_attr(loom, allow(dead_code, reason = "models have no events"))]
impl Key {
    /// The key of the driver's `serial`th registration, in keys of `bits` bits.
    ///
    /// # Errors
    ///
    /// If the place is beyond what a key can tell.
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

    /// As the backend carries it.
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
    fn the_backends_own_keys_are_no_sources() {
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
