//! Finds all anchors of all rules in one pass. Anchors are literals; in most text there are few of them, so the pass is a
//! filter: at every second byte, a hash of four asks a bitmap whether an anchor could stand there, then the same with what
//! stands beside them asks another one, and only then is a table asked which. `docs/design/anchors.md` tells what else was
//! tried.

use std::collections::HashMap;
use std::ops::Range;

use super::windows::{NEEDED, TOGETHER, Windows};

/// Finds literals without regard to ASCII case.
pub(super) struct Anchors {
    anchors: Vec<Box<[u8]>>,
    /// Which four bytes belong to an anchor, perhaps.
    windows: Windows,
    /// By [`key`]: whether such a row is there.
    keys: Vec<u32>,
    /// By [`key`]: where in `rows` theirs begin; the next one's begin is their end.
    starts: Vec<u32>,
    rows: Vec<Row>,
}

/// Some bytes of an anchor by which it is found.
#[derive(Clone, Copy)]
struct Row {
    key: u32,
    anchor: u32,
    /// Where in the anchor the window begins; −1 if it begins with the window's second byte.
    at: i32,
    /// The first eight bytes of the anchor, folded, and the bits of a text that are to be these: of most anchors that share
    /// a key with a text more is not looked at.
    head: u64,
    mask: u64,
}

/// Bits of [`Anchors::keys`]: 64 KiB. It is asked of one window in twenty-five.
const KEYS: usize = 1 << 19;
/// Rows of [`Anchors::starts`].
const STARTS: usize = 1 << 14;

/// Makes letters lower-case, and some other bytes others: comparing tells them apart.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// Which bytes around a window belong to a key, of the eight that begin two before it: as many of an anchor as there can be.
const AROUND: [u64; 5] = [
    0xffff_ffff_ffff_0000, // The window and the two after it.
    0x0000_ffff_ffff_ffff, // The window and the two before it.
    0x0000_ffff_ffff_0000, // The window.
    0x0000_00ff_ffff_0000, // Its first three.
    0x0000_ffff_ff00_0000, // Its last three.
];

/// The hash of those of eight folded bytes that belong to a key.
fn key(eight: u64, way: usize) -> u32 {
    let chosen = (eight & AROUND[way]) + way as u64;
    (chosen.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

fn key_bit(key: u32) -> usize {
    (key >> (u32::BITS - KEYS.trailing_zeros())) as usize
}

fn start(key: u32) -> usize {
    key as usize % STARTS
}

impl Anchors {
    /// `anchors` are in lower case, of three bytes at least.
    pub(super) fn new<'a>(anchors: impl IntoIterator<Item = &'a str>) -> Self {
        let anchors: Vec<Box<[u8]>> = anchors.into_iter().map(|anchor| anchor.as_bytes().into()).collect();
        let commons = COMMON.as_chunks().0.iter().rev().zip(1..);
        let common: HashMap<usize, usize> =
            commons.map(|(four, rank)| (super::windows::bit(u32::from_le_bytes(*four)), rank)).collect();
        let (mut windows, mut keys) = (Windows::new(), vec![0; KEYS / 32]);
        let mut rows: Vec<Row> = Vec::new();
        for (number, anchor) in (0..).zip(&anchors) {
            let mut first = [0; 8];
            anchor.iter().zip(&mut first).for_each(|(&byte, first)| *first = byte);
            let mask = u64::MAX >> (64 - 8 * anchor.len().clamp(1, 8));
            let head = (u64::from_le_bytes(first) | FOLD) & mask;
            let mut window = |four| windows.insert(four);
            let mut row = |at: i32, way| {
                let byte = |n: usize| (at + n as i32 - 2).try_into().ok().and_then(|n: usize| anchor.get(n));
                let eight = std::array::from_fn(|n| byte(n).copied().unwrap_or(0));
                let key = key(u64::from_le_bytes(eight) | FOLD, way);
                keys[key_bit(key) / 32] |= 1 << (key_bit(key) % 32);
                rows.push(Row { key, anchor: number, at, head, mask });
            };
            // In a short anchor any byte may belong to a window, of which five bits count.
            let any = || 0..32;
            match **anchor {
                [a, b, c] => {
                    any().for_each(|other| window([a, b, c, other]));
                    any().for_each(|other| window([other, a, b, c]));
                    row(0, 3);
                    row(-1, 4);
                }
                [a, b, c, d] => {
                    window([a, b, c, d]);
                    any().for_each(|other| window([other, a, b, c]));
                    row(0, 2);
                    row(-1, 4);
                }
                // Wherever an anchor stands, either its windows at even places or those at odd ones begin at an even place
                // of the text: one of each is needed.
                _ => {
                    for first in [0, 1] {
                        let fours = anchor.array_windows().enumerate().skip(first).step_by(2);
                        let cost = |four: &[u8; 4]| common.get(&super::windows::bit(u32::from_le_bytes(*four)));
                        if let Some((at, four)) = fours.min_by_key(|(_, four)| cost(four)) {
                            window(*four);
                            let way = if at + 6 <= anchor.len() {
                                0
                            } else if at >= 2 {
                                1
                            } else {
                                2
                            };
                            row(at as i32, way);
                        }
                    }
                }
            }
        }
        rows.sort_by_key(|row| (start(row.key), row.key, row.anchor));
        let mut starts = vec![0; STARTS + 1];
        for row in &rows {
            starts[start(row.key) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { anchors, windows, keys, starts, rows }
    }

    /// Calls `found` with the number and the place of every anchor that lies in this range of a text, in whatever order.
    pub(super) fn find(&self, text: &[u8], range: Range<usize>, mut found: impl FnMut(u32, Range<usize>)) {
        let mut end = [0; NEEDED];
        for at in range.clone().step_by(2 * TOGETHER) {
            let bytes = text.get(at..).and_then(|rest| rest.first_chunk()).unwrap_or_else(|| {
                // What would follow the text is zero: an anchor of three bytes may end it.
                end[..text.len() - at].copy_from_slice(&text[at..]);
                &end
            });
            // What is known of a window waits for memory: those that may be there are looked at together.
            let mut held = self.windows.held(bytes, range.end - at);
            while held != 0 {
                self.window(text, &range, at + 2 * held.trailing_zeros() as usize, &mut found);
                held &= held - 1;
            }
        }
    }

    /// Looks which anchors stand around a window.
    #[inline(never)]
    fn window(&self, text: &[u8], range: &Range<usize>, at: usize, found: &mut impl FnMut(u32, Range<usize>)) {
        let bitmap: &[u32; KEYS / 32] = self.keys.first_chunk().expect("it was made of this length");
        let eight = match at.checked_sub(2).and_then(|from| text.get(from..)?.first_chunk()) {
            Some(eight) => *eight,
            // No anchor goes beyond the text.
            None => std::array::from_fn(|n| (at + n).checked_sub(2).and_then(|n| text.get(n)).copied().unwrap_or(0)),
        };
        let eight = u64::from_le_bytes(eight) | FOLD;
        let keys: [u32; AROUND.len()] = std::array::from_fn(|way| key(eight, way));
        let mut held = 0u32;
        for (way, &key) in keys.iter().enumerate() {
            held |= (bitmap[key_bit(key) / 32] >> (key_bit(key) % 32) & 1) << way;
        }
        while held != 0 {
            let way = held.trailing_zeros() as usize;
            held &= held - 1;
            self.rows(text, range, at, keys[way], found);
        }
    }

    fn rows(&self, text: &[u8], range: &Range<usize>, at: usize, key: u32, found: &mut impl FnMut(u32, Range<usize>)) {
        let start = start(key);
        for row in &self.rows[self.starts[start] as usize..self.starts[start + 1] as usize] {
            if row.key != key {
                continue;
            }
            let Some(start) = at.checked_add_signed(-row.at as isize) else { continue };
            let head = text.get(start..).and_then(|rest| rest.first_chunk());
            if head.is_some_and(|head| (u64::from_le_bytes(*head) | FOLD) & row.mask != row.head) {
                continue;
            }
            let anchor = &self.anchors[row.anchor as usize];
            let place = start..start + anchor.len();
            if range.start <= place.start && place.end <= range.end && text[place.clone()].eq_ignore_ascii_case(anchor)
            {
                found(row.anchor, place);
            }
        }
    }
}

/// Which four bytes are common in code, configuration and documentation of several languages, folded; the most common first
/// (`scripts/anchor-table`). The other half a million that were seen are a third of all.
static COMMON: &[u8] = include_bytes!("windows.bin");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(anchors: &[&str], text: &[u8]) -> Vec<(u32, Range<usize>)> {
        within(anchors, text, 0..text.len())
    }

    fn within(anchors: &[&str], text: &[u8], range: Range<usize>) -> Vec<(u32, Range<usize>)> {
        let mut found = Vec::new();
        Anchors::new(anchors.iter().copied()).find(text, range, |anchor, range| found.push((anchor, range)));
        found.sort_by_key(|(anchor, range)| (range.start, *anchor));
        found
    }

    #[test]
    fn anchors_are_found_wherever_they_stand() {
        let anchors = ["key", "password", "pass", "ghp_", "://"];
        assert_eq!(all(&anchors, b"KeY"), [(0, 0..3)]);
        assert_eq!(all(&anchors, b"a PassWord=ghp_"), [(1, 2..10), (2, 2..6), (3, 11..15)]);
        assert_eq!(all(&anchors, b"x://keykey"), [(4, 1..4), (0, 4..7), (0, 7..10)]);
        assert_eq!(all(&anchors, b"ke"), []);
        // Folding takes `@` for a backquote and `_` for DEL; comparing does not.
        assert_eq!(all(&anchors, b"ghp\x7f ke\x19"), []);
    }

    proptest! {
        #[test]
        fn what_is_there_is_found(
            anchors in proptest::collection::btree_set("[a-c_]{3,7}", 1..12),
            text in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'B'), Just(b'c'), Just(b'C'), Just(b'_'), any::<u8>()], 0..200),
            part: (usize, usize),
        ) {
            let anchors: Vec<&str> = anchors.iter().map(String::as_str).collect();
            let (one, other) = (part.0 % (text.len() + 1), part.1 % (text.len() + 1));
            let part = one.min(other)..one.max(other);
            let mut expected = Vec::new();
            for (number, anchor) in (0..).zip(&anchors) {
                for (at, window) in text.windows(anchor.len()).enumerate() {
                    if window.eq_ignore_ascii_case(anchor.as_bytes()) {
                        expected.push((number, at..at + anchor.len()));
                    }
                }
            }
            expected.sort_by_key(|(anchor, range)| (range.start, *anchor));
            prop_assert_eq!(&all(&anchors, &text), &expected);
            expected.retain(|(_, place)| part.start <= place.start && place.end <= part.end);
            prop_assert_eq!(within(&anchors, &text, part), expected);
        }
    }
}
