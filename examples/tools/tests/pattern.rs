//! The bytes that the load tester sends: mixed-up bytes are detected.

use std::collections::HashSet;

use heist_tools::pattern::{Mismatch, Pattern};

fn bytes(pattern: &Pattern, offset: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    pattern.fill(offset, &mut bytes);
    bytes
}

#[test]
fn the_stream_does_not_depend_on_how_it_is_cut() {
    for size in [1, 3, 8, 13, 64, 1000] {
        let pattern = Pattern::new(5, size);
        let whole = bytes(&pattern, 0, 4096);
        for cut in [1, 2, 7, 8, 9, 63, 64, 65, 511, 513, 4095] {
            let pieces = whole.chunks(cut).enumerate();
            for (offset, piece) in pieces.map(|(i, piece)| ((i * cut) as u64, piece)) {
                assert_eq!(
                    bytes(&pattern, offset, piece.len()),
                    piece,
                    "{size} {cut} {offset}"
                );
                assert_eq!(pattern.mismatch(offset, piece), None);
            }
        }
    }
}

#[test]
fn no_two_requests_are_alike() {
    for size in [8, 64] {
        let requests = (0..100).flat_map(|connection| {
            let pattern = Pattern::new(connection, size);
            (0..100).map(move |i| bytes(&pattern, i * size, size as usize))
        });
        assert_eq!(requests.collect::<HashSet<_>>().len(), 10_000);
    }
}

#[test]
fn every_changed_byte_is_found_where_it_is() {
    let pattern = Pattern::new(1, 100);
    let mut stream = bytes(&pattern, 0, 1500);
    for i in 0..stream.len() {
        let expected = stream[i];
        let got = expected ^ 0x10;
        stream[i] = got;
        let (request, at) = (i as u64 / 100, i as u64 % 100);
        let found = Mismatch {
            request,
            at,
            expected,
            got,
        };
        assert_eq!(pattern.mismatch(0, &stream), Some(found));
        stream[i] = expected;
    }
}

#[test]
fn crossed_reordered_repeated_and_shifted_replies_are_found() {
    let (one, other) = (Pattern::new(1, 64), Pattern::new(2, 64));
    assert!(
        one.mismatch(0, &bytes(&other, 0, 64)).is_some(),
        "another connection's"
    );
    assert!(one.mismatch(0, &bytes(&one, 64, 64)).is_some(), "the next");
    assert!(
        one.mismatch(64, &bytes(&one, 0, 64)).is_some(),
        "the last once more"
    );
    assert!(
        one.mismatch(0, &bytes(&one, 1, 64)).is_some(),
        "a byte lost"
    );
    assert!(
        one.mismatch(8, &bytes(&one, 0, 56)).is_some(),
        "a word repeated"
    );
}

#[test]
fn a_datagram_is_known_by_how_it_begins() {
    let pattern = Pattern::new(5, 64);
    for request in 0..100 {
        let datagram = bytes(&pattern, request * 64, 64);
        let alike: Vec<_> = (0..100).filter(|&r| pattern.begins(r, &datagram)).collect();
        assert_eq!(alike, [request]);
        assert!(!Pattern::new(6, 64).begins(request, &datagram));
    }
}
