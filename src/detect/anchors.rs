//! Finds all anchors of all rules in one pass. Anchors are literals; in most text there are few of them, so the pass is a
//! filter: at every second byte, a hash of four asks a bitmap whether an anchor could stand there, and only then is a table
//! asked which. `docs/design/anchors.md` tells what else was tried.

use std::collections::HashMap;
use std::ops::Range;

/// Finds literals without regard to ASCII case.
pub(super) struct Anchors {
    anchors: Vec<Box<[u8]>>,
    /// By hash: whether four bytes with that hash belong to an anchor.
    bitmap: Vec<u32>,
    /// The same by another hash, for four bytes that share their first one with those of an anchor by chance.
    second: Vec<u32>,
    /// By another hash: where in `rows` theirs begin; the next one's begin is their end.
    starts: Vec<u32>,
    rows: Vec<Row>,
}

/// Four bytes by which an anchor is found: its own, or three of them and one that stands beside it.
#[derive(Clone, Copy)]
struct Row {
    /// Their hash, which no other four bytes have.
    mixed: u32,
    anchor: u32,
    /// Where in the anchor they begin; −1 if it begins with their second.
    at: i32,
    /// The first eight bytes of the anchor, folded, and the bits of a text that are to be these: of most anchors that share
    /// four bytes with a text more is not looked at.
    head: u64,
    mask: u64,
}

/// Bits of the bitmap: 128 KiB, which the second-level cache holds. Some 28,000 are set, for the sake of short anchors.
const BITS: usize = 1 << 20;
/// Bits of the second bitmap: 64 KiB. It is asked for one window in forty.
const SECOND: usize = 1 << 19;
/// Rows of [`Anchors::starts`].
const STARTS: usize = 1 << 15;

/// Makes letters lower-case, and some other bytes others: comparing tells them apart.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// The hash of four folded bytes.
fn mix(four: u32) -> u32 {
    four.wrapping_mul(0x9e37_79b1)
}

fn bit(mixed: u32) -> usize {
    (mixed >> (u32::BITS - BITS.trailing_zeros())) as usize
}

fn second(mixed: u32) -> usize {
    ((mixed ^ mixed >> 15).wrapping_mul(0x85eb_ca6b) >> (u32::BITS - SECOND.trailing_zeros())) as usize
}

fn start(mixed: u32) -> usize {
    (mixed >> 4) as usize % STARTS
}

impl Anchors {
    /// `anchors` are in lower case, of three bytes at least.
    pub(super) fn new<'a>(anchors: impl IntoIterator<Item = &'a str>) -> Self {
        let anchors: Vec<Box<[u8]>> = anchors.into_iter().map(|anchor| anchor.as_bytes().into()).collect();
        let mut rows: Vec<Row> = Vec::new();
        let mut shared: HashMap<Vec<u8>, u32> = HashMap::new();
        for (number, anchor) in (0..).zip(&anchors) {
            let mut first = [0; 8];
            anchor.iter().zip(&mut first).for_each(|(&byte, first)| *first = byte);
            let mask = u64::MAX >> (64 - 8 * anchor.len().clamp(1, 8));
            let head = (u64::from_le_bytes(first) | FOLD) & mask;
            let mut add = |four: [u8; 4], at| {
                let mixed = mix(u32::from_le_bytes(four) | FOLD as u32);
                rows.push(Row { mixed, anchor: number, at, head, mask });
            };
            // In a short anchor any byte may belong to a window, of which half the values are left after folding.
            let any = || (0..=255u8).filter(|other| other & 0x20 != 0);
            match **anchor {
                [a, b, c] => any().for_each(|other| {
                    add([a, b, c, other], 0);
                    add([other, a, b, c], -1);
                }),
                [a, b, c, d] => {
                    add([a, b, c, d], 0);
                    any().for_each(|other| add([other, a, b, c], -1));
                }
                // Wherever an anchor stands, either its windows at even places or those at odd ones begin at an even place
                // of the text: one of each is needed. One that many anchors share costs a comparison for each of them.
                _ => {
                    for first in [0, 1] {
                        let windows = anchor.windows(4).enumerate().skip(first).step_by(2);
                        let cost =
                            |four: &[u8]| commonness(four) + shared.get(four).map_or(0, |n: &u32| (n + 1).ilog2());
                        if let Some((at, &[a, b, c, d])) = windows
                            .min_by_key(|(_, four)| cost(four))
                            .map(|(at, four)| (at, four.first_chunk().unwrap_or(&[0; 4])))
                        {
                            add([a, b, c, d], at as i32);
                            *shared.entry(vec![a, b, c, d]).or_default() += 1;
                        }
                    }
                }
            }
        }
        rows.sort_by_key(|row| (start(row.mixed), row.mixed, row.anchor));
        let (mut bitmap, mut others) = (vec![0; BITS / 32], vec![0; SECOND / 32]);
        let mut starts = vec![0; STARTS + 1];
        for row in &rows {
            bitmap[bit(row.mixed) / 32] |= 1 << (bit(row.mixed) % 32);
            others[second(row.mixed) / 32] |= 1 << (second(row.mixed) % 32);
            starts[start(row.mixed) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { anchors, bitmap, second: others, starts, rows }
    }

    /// Calls `found` with the number and the place of every anchor that lies in this range of a text, in whatever order.
    pub(super) fn find(&self, text: &[u8], range: Range<usize>, mut found: impl FnMut(u32, Range<usize>)) {
        let mut at = range.start;
        // Eight bytes hold three windows that begin at even places. What follows the range may be looked at: that is
        // faster than to stop in time.
        while at < range.end {
            let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk()) else { break };
            self.windows(text, &range, at, *eight, &mut found);
            at += 6;
        }
        while at < range.end {
            // What would follow the text is zero: an anchor of three bytes may end it.
            let eight = std::array::from_fn(|n| text.get(at + n).copied().unwrap_or(0));
            self.windows(text, &range, at, eight, &mut found);
            at += 6;
        }
    }

    /// Looks at the windows in the eight bytes at `at`. All are asked before one is looked at.
    #[inline(always)]
    fn windows(
        &self,
        text: &[u8],
        range: &Range<usize>,
        at: usize,
        eight: [u8; 8],
        found: &mut impl FnMut(u32, Range<usize>),
    ) {
        // A compiler that knows how long it is leaves the checks out.
        let bitmap: &[u32; BITS / 32] = self.bitmap.first_chunk().expect("it was made of this length");
        let eight = u64::from_le_bytes(eight) | FOLD;
        let mixed = [0, 16, 32].map(|shift| mix((eight >> shift) as u32));
        let mut held = 0u32;
        for (n, &mixed) in mixed.iter().enumerate() {
            held |= (bitmap[bit(mixed) / 32] >> (bit(mixed) % 32) & 1) << n;
        }
        while held != 0 {
            let n = held.trailing_zeros() as usize;
            held &= held - 1;
            let other = second(mixed[n]);
            if self.second[other / 32] >> (other % 32) & 1 != 0 {
                self.verify(text, range, at + 2 * n, mixed[n], found);
            }
        }
    }

    #[inline(never)]
    fn verify(
        &self,
        text: &[u8],
        range: &Range<usize>,
        at: usize,
        mixed: u32,
        found: &mut impl FnMut(u32, Range<usize>),
    ) {
        let start = start(mixed);
        for row in &self.rows[self.starts[start] as usize..self.starts[start + 1] as usize] {
            if row.mixed != mixed {
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

/// How common the pairs of these bytes are, roughly: the more, the worse is a window to look for.
fn commonness(window: &[u8]) -> u32 {
    let class = |byte: u8| CLASSES.iter().position(|&class| class == byte);
    let pair = |pair: &[u8]| match (class(pair[0]), class(pair[1])) {
        (Some(first), Some(second)) => u32::from(PAIRS[first].as_bytes()[second] - b'0'),
        _ => 0,
    };
    window.windows(2).map(pair).sum()
}

/// Bytes that have a row and a column in [`PAIRS`]; others are rare.
const CLASSES: &[u8; 45] = b"abcdefghijklmnopqrstuvwxyz0123456789 _-./:=\"'";

/// How often the column's byte follows the row's in code, configuration and documentation of several languages (60 MB of
/// public repositories, in lower case): log2 of the share of all pairs, plus 17, between 0 and 9.
const PAIRS: [&str; 45] = [
    "379836717159890709997655633333233222762414030",
    "735373107407207205537000603333332232841523052",
    "836386186077429427596312403333223232573425030",
    "754694618125327406646312503333333222883627351",
    "869978635249795789994778623333333232984748563",
    "733576508017468107556000303333323232852605120",
    "422181457004364106645100220000000000772546050",
    "811290007002427105475020410220000000761414030",
    "768878702048899627991705070303002010443323120",
    "300050002000005100403000000000000000000000000",
    "321382006003132001533010000000000000551404020",
    "843797229028228502777320600010000050872546150",
    "853492207015657701647100400110000000662444030",
    "838997937156468524996640510121001000984636254",
    "667847626378897809778674330000000000873335040",
    "813483346037328708688310500010001000561435030",
    "000000000004000000008000000000000000130201000",
    "956795728055779407887532701111000000873736151",
    "727393578055547744997230600222001000984767361",
    "937595399016539609887244811222102000994747263",
    "686585607018783708882005000307004050420001011",
    "803183007003224000210003001210202000340303010",
    "601161067002155106520030000000000000550303020",
    "545454034002301600260001205544444444553324030",
    "322041103004455702550010010000000000773515041",
    "300070003001004000000000100000000000130000020",
    "233333000000000000002008009564444444522403040",
    "343333000000000000002000006664555455552413040",
    "333333000000000000001000006655554454742414030",
    "322323000000000000000000005474444444410202040",
    "322322000000000000001000004444445444432203030",
    "222222000000000000000000004444445334301202020",
    "333222000000000000000000004343643444441102020",
    "222223000000000000000000004343434443200201020",
    "222322000000010000000000006443434334420102020",
    "222223000000000000000000004433335434201102020",
    "989999679458888859998784548766554443977587995",
    "778787567457777747887663233443333120460001000",
    "333322113003222304432211003422010010506000100",
    "657566456335565616665451214432121100630520130",
    "435433433103435504452221000321000000800191020",
    "557566336114565515664350013101000000920059020",
    "000011001000010000020000001000000000900000652",
    "645545344214643515554332112432110000712443141",
    "401200001000000102440000000000000000430100010",
];

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
