//! Finds all anchors of all rules in one pass.
//!
//! Anchors are literals, and most text has few of them, so the pass is a filter. At every second
//! byte, four bytes are looked up in a bitmap of the windows that anchors have. Only if they are in
//! it, the bytes around them are compared with the anchors that have this window.
//! `docs/design/anchors.md` has the measurements and the alternatives.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;

use super::windows::{self, NEEDED, TOGETHER, Windows};

/// A set of literals that are found without regard to ASCII case.
pub(super) struct Anchors {
    anchors: Vec<Box<[u8]>>,
    /// The windows of all anchors. A window of a text that is not in it belongs to no anchor.
    windows: Windows,
    /// By [`slot`] of a window: the start and end, in `rows`, of the anchors that may have it.
    slots: Box<[(u32, u32); SLOTS]>,
    rows: Vec<Row>,
}

/// A window of an anchor: four of its bytes, by which it is found.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Row {
    /// The folded bytes of the anchor among the eight that begin two before the window; zero where
    /// the anchor has none.
    around: u64,
    anchor: u32,
    /// Offset of the window in the anchor; −1 if the anchor begins with the window's second byte.
    at: i32,
}

/// Number of slots: 128 KiB, of which a scan reads few.
const SLOTS: usize = 1 << 14;

/// Folds eight bytes: letters become lower case, and some other bytes collide. The comparison with
/// the whole anchor resolves the collisions.
const FOLD: u64 = 0x2020_2020_2020_2020;

fn slot(four: u32) -> usize {
    (windows::bit(four) as u32).wrapping_mul(0x9e37_79b1) as usize
        >> (u32::BITS - SLOTS.trailing_zeros())
}

impl Row {
    /// Whether eight folded bytes of a text equal those of the anchor, where the row has any.
    #[inline(always)]
    fn fits(self, eight: u64) -> bool {
        let mask = ((self.around & FOLD) >> 5) * 0xff;
        (eight ^ self.around) & mask == 0
    }
}

impl Anchors {
    /// A set of anchors, in lower case, each of at least three bytes.
    pub(super) fn new<'a>(anchors: impl IntoIterator<Item = &'a str>) -> Self {
        let anchors: Vec<Box<[u8]>> = anchors
            .into_iter()
            .map(|anchor| anchor.as_bytes().into())
            .collect();
        let commons = COMMON.as_chunks::<4>().0.iter().rev().zip(1..);
        let common: HashMap<usize, usize, RandomState> = commons
            .map(|(four, rank)| (windows::bit(u32::from_le_bytes(*four)), rank))
            .collect();
        let mut windows = Windows::new();
        let mut lists = vec![Vec::new(); SLOTS];
        for (number, anchor) in (0..).zip(&anchors) {
            let row = |at: i32| {
                let byte = |n: usize| {
                    (at + n as i32 - 2)
                        .try_into()
                        .ok()
                        .and_then(|n: usize| anchor.get(n))
                };
                let eight = std::array::from_fn(|n| byte(n).map_or(0, |byte| byte | FOLD as u8));
                Row {
                    around: u64::from_le_bytes(eight),
                    anchor: number,
                    at,
                }
            };
            let mut window = |four, at| {
                windows.insert(four);
                let (list, row): (&mut Vec<Row>, _) =
                    (&mut lists[slot(u32::from_le_bytes(four))], row(at));
                if !list.contains(&row) {
                    list.push(row);
                }
            };
            // A short anchor's window includes a neighbouring byte of any value, of which five bits
            // count.
            let any = || 0..32;
            match **anchor {
                [a, b, c] => {
                    any().for_each(|other| window([a, b, c, other], 0));
                    any().for_each(|other| window([other, a, b, c], -1));
                }
                [a, b, c, d] => {
                    window([a, b, c, d], 0);
                    any().for_each(|other| window([other, a, b, c], -1));
                }
                // At any offset in a text, either the anchor's even windows or its odd ones begin
                // at an even offset of the text: one of each is needed.
                _ => {
                    for first in [0, 1] {
                        let fours = anchor.array_windows().enumerate().skip(first).step_by(2);
                        let cost =
                            |four: &[u8; 4]| common.get(&windows::bit(u32::from_le_bytes(*four)));
                        if let Some((at, four)) = fours.min_by_key(|(_, four)| cost(four)) {
                            window(*four, at as i32);
                        }
                    }
                }
            }
        }
        // Most windows of a short anchor belong to it alone: slots with equal rows share them.
        let mut rows = Vec::new();
        let mut shared: HashMap<_, _, RandomState> = HashMap::default();
        let mut place = |list: Vec<Row>| {
            if list.is_empty() {
                return (0, 0);
            }
            *shared.entry(list).or_insert_with_key(|list| {
                let start = rows.len() as u32;
                rows.extend_from_slice(list);
                (start, rows.len() as u32)
            })
        };
        let slots: Vec<(u32, u32)> = lists.into_iter().map(&mut place).collect();
        let slots = slots.try_into().expect("there are as many lists");
        Self {
            anchors,
            windows,
            slots,
            rows,
        }
    }

    /// Calls `found` with the number and the range of every anchor within this range of a text, in
    /// any order.
    pub(super) fn find(
        &self,
        text: &[u8],
        range: Range<usize>,
        mut found: impl FnMut(u32, Range<usize>),
    ) {
        let mut end = [0; NEEDED];
        let (mut looks, mut count) = ([Look::default(); LOOKS], 0);
        for at in range.clone().step_by(2 * TOGETHER) {
            let bytes = text
                .get(at..)
                .and_then(|rest| rest.first_chunk())
                .unwrap_or_else(|| {
                    // Bytes behind the text count as zero: an anchor of three bytes may end it.
                    end[..text.len() - at].copy_from_slice(&text[at..]);
                    &end
                });
            // Reading the slot of a window waits for memory: several windows wait together.
            let mut held = self.windows.held(bytes, range.end - at);
            while held != 0 {
                looks[count] = self.look(text, at + 2 * held.trailing_zeros() as usize);
                count += 1;
                held &= held - 1;
                if count == LOOKS {
                    self.compare(text, &range, &looks, &mut found);
                    count = 0;
                }
            }
        }
        self.compare(text, &range, &looks[..count], &mut found);
    }

    /// The bytes around a window, and the rows of its slot.
    #[inline(always)]
    fn look(&self, text: &[u8], at: usize) -> Look {
        let eight = match at
            .checked_sub(2)
            .and_then(|from| text.get(from..)?.first_chunk())
        {
            Some(eight) => *eight,
            // Near the ends of the text, missing bytes count as zero.
            None => std::array::from_fn(|n| {
                (at + n)
                    .checked_sub(2)
                    .and_then(|n| text.get(n))
                    .copied()
                    .unwrap_or(0)
            }),
        };
        let eight = u64::from_le_bytes(eight) | FOLD;
        Look {
            at,
            eight,
            rows: self.slots[slot((eight >> 16) as u32)],
        }
    }

    /// Calls `found` for the anchors that the text has around the windows.
    #[inline(never)]
    fn compare(
        &self,
        text: &[u8],
        range: &Range<usize>,
        looks: &[Look],
        found: &mut impl FnMut(u32, Range<usize>),
    ) {
        for &Look {
            at,
            eight,
            rows: (start, end),
        } in looks
        {
            for row in self.rows[start as usize..end as usize]
                .iter()
                .filter(|row| row.fits(eight))
            {
                let Some(start) = at.checked_add_signed(-row.at as isize) else {
                    continue;
                };
                let anchor = &self.anchors[row.anchor as usize];
                let place = start..start + anchor.len();
                if range.start <= place.start
                    && place.end <= range.end
                    && text[place.clone()].eq_ignore_ascii_case(anchor)
                {
                    found(row.anchor, place);
                }
            }
        }
    }
}

/// A window of a text that may belong to an anchor, and the eight folded bytes that begin two
/// before it.
#[derive(Clone, Copy, Default)]
struct Look {
    at: usize,
    eight: u64,
    /// Start and end in [`Anchors::rows`].
    rows: (u32, u32),
}

/// Number of windows whose slots are read together, so that they wait for memory together.
const LOOKS: usize = 8;

/// The most common windows, folded, of code, configuration and documentation in several languages,
/// the most common first (made by `scripts/anchor-table`). They are two thirds of all windows seen;
/// another half a million make up the rest.
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
        Anchors::new(anchors.iter().copied())
            .find(text, range, |anchor, range| found.push((anchor, range)));
        found.sort_by_key(|(anchor, range)| (range.start, *anchor));
        found
    }

    #[test]
    fn anchors_are_found_at_any_offset() {
        let anchors = ["key", "password", "pass", "ghp_", "://"];
        assert_eq!(all(&anchors, b"KeY"), [(0, 0..3)]);
        assert_eq!(
            all(&anchors, b"a PassWord=ghp_"),
            [(1, 2..10), (2, 2..6), (3, 11..15)]
        );
        assert_eq!(
            all(&anchors, b"x://keykey"),
            [(4, 1..4), (0, 4..7), (0, 7..10)]
        );
        assert_eq!(all(&anchors, b"ke"), []);
        // Folding takes `@` for a backquote and `_` for DEL; comparing does not.
        assert_eq!(all(&anchors, b"ghp\x7f ke\x19"), []);
    }

    proptest! {
        #[test]
        fn the_same_is_found_as_by_comparing_everywhere(
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
