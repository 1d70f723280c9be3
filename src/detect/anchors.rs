//! Finds all anchors of all rules in one pass. Anchors are literals; in most text there are few of them, so the pass is a
//! filter: a hash of each four bytes asks a bitmap that fits the first-level cache whether an anchor could stand there, and
//! only then is a table asked which. `docs/design/anchors.md` tells what else was tried.

use std::ops::Range;

/// Finds literals without regard to ASCII case.
pub(super) struct Anchors {
    anchors: Vec<Box<[u8]>>,
    /// By hash: whether four bytes with that hash belong to an anchor.
    bitmap: Box<[u64; BITS / 64]>,
    /// By hash: where the row of [`Self::rows`] begins; the next one's begin is its end.
    starts: Vec<u32>,
    rows: Vec<Window>,
}

/// Four bytes of an anchor, by which it is found.
#[derive(Clone, Copy)]
struct Window {
    anchor: u32,
    /// Where in the anchor they stand.
    at: u32,
}

/// Bits of the bitmap: 16 KiB.
const BITS: usize = 1 << 17;
const WINDOW: usize = 4;

/// Makes letters lower-case, and some other bytes others: comparing tells them apart.
fn fold(bytes: [u8; WINDOW]) -> u32 {
    u32::from_le_bytes(bytes) | 0x2020_2020
}

fn hash(window: u32) -> usize {
    (window.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS.trailing_zeros())) as usize
}

impl Anchors {
    /// `anchors` are in lower case, of three bytes at least.
    pub(super) fn new<'a>(anchors: impl IntoIterator<Item = &'a str>) -> Self {
        let anchors: Vec<Box<[u8]>> = anchors.into_iter().map(|anchor| anchor.as_bytes().into()).collect();
        let mut entries: Vec<(usize, Window)> = Vec::new();
        for (number, anchor) in (0..).zip(&anchors) {
            if let Some(bytes) = anchor.first_chunk::<{ WINDOW - 1 }>().filter(|bytes| bytes.len() == anchor.len()) {
                // Any byte may follow, of which half the values are left after folding.
                for next in (0..=255u8).filter(|next| next & 0x20 != 0) {
                    let window = fold([bytes[0], bytes[1], bytes[2], next]);
                    entries.push((hash(window), Window { anchor: number, at: 0 }));
                }
                continue;
            }
            let windows = anchor.windows(WINDOW).enumerate();
            let rarest = windows.min_by_key(|(_, window)| window.iter().map(|&byte| frequency(byte)).sum::<usize>());
            let Some((at, window)) = rarest else { continue };
            let window = fold([window[0], window[1], window[2], window[3]]);
            entries.push((hash(window), Window { anchor: number, at: at as u32 }));
        }
        entries.sort_by_key(|(hash, window)| (*hash, window.anchor));
        let mut bitmap = Box::new([0; BITS / 64]);
        let mut starts = vec![0; BITS + 1];
        for (hash, _) in &entries {
            bitmap[hash / 64] |= 1 << (hash % 64);
            starts[hash + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { anchors, bitmap, starts, rows: entries.into_iter().map(|(_, window)| window).collect() }
    }

    /// Calls `found` with the number and the place of every anchor in `bytes`. Those of one place in the text come in the
    /// same order whatever stands elsewhere.
    pub(super) fn find(&self, bytes: &[u8], mut found: impl FnMut(usize, Range<usize>)) {
        let mut windows = bytes.windows(WINDOW).enumerate();
        for (at, window) in &mut windows {
            let hash = hash(fold([window[0], window[1], window[2], window[3]]));
            if self.bitmap[hash / 64] & 1 << (hash % 64) != 0 {
                self.verify(bytes, at, hash, &mut found);
            }
        }
        // An anchor of three bytes may end the text.
        if let Some(last) = bytes.last_chunk::<{ WINDOW - 1 }>() {
            let hash = hash(fold([last[0], last[1], last[2], b' ']));
            self.verify(bytes, bytes.len() - last.len(), hash, &mut found);
        }
    }

    #[cold]
    #[inline(never)]
    fn verify(&self, bytes: &[u8], at: usize, hash: usize, found: &mut impl FnMut(usize, Range<usize>)) {
        for window in &self.rows[self.starts[hash] as usize..self.starts[hash + 1] as usize] {
            let anchor = &self.anchors[window.anchor as usize];
            let Some(start) = at.checked_sub(window.at as usize) else { continue };
            let stands = bytes.get(start..start + anchor.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(anchor));
            if stands {
                found(window.anchor as usize, start..start + anchor.len());
            }
        }
    }
}

/// How common a byte is in code and configuration, roughly; rare ones are zero.
fn frequency(byte: u8) -> usize {
    const COMMON: &[u8] = b"etanirosldcupmfghybvwk_-.:/=\"'0123456789xjqz";
    COMMON.iter().position(|&common| common == byte).map_or(0, |at| COMMON.len() - at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(anchors: &[&str], text: &[u8]) -> Vec<(usize, Range<usize>)> {
        let mut found = Vec::new();
        Anchors::new(anchors.iter().copied()).find(text, |anchor, range| found.push((anchor, range)));
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
        ) {
            let anchors: Vec<&str> = anchors.iter().map(String::as_str).collect();
            let mut expected = Vec::new();
            for (number, anchor) in anchors.iter().enumerate() {
                for (at, window) in text.windows(anchor.len()).enumerate() {
                    if window.eq_ignore_ascii_case(anchor.as_bytes()) {
                        expected.push((number, at..at + anchor.len()));
                    }
                }
            }
            expected.sort_by_key(|(anchor, range)| (range.start, *anchor));
            prop_assert_eq!(all(&anchors, &text), expected);
        }
    }
}
