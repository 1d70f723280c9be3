//! Finds all anchors of all rules in one pass. Anchors are literals; in most text there are few of them, so the pass is a
//! filter: at every second byte, a hash of three asks a bitmap that fits the first-level cache whether an anchor could stand
//! there; if so, a hash of four asks another one, and only then is a table asked which. `docs/design/anchors.md` tells what else was tried.

use std::ops::Range;

/// Finds literals without regard to ASCII case.
pub(super) struct Anchors {
    anchors: Vec<Box<[u8]>>,
    /// By hash: whether three bytes with that hash belong to an anchor.
    threes: Box<[u32; BITS / 32]>,
    /// By hash: whether four bytes do.
    fours: Box<[u32; BITS / 32]>,
    /// By another hash of four bytes: where in `rows` theirs begin; the next one's begin is their end.
    starts: Vec<u32>,
    rows: Vec<Row>,
}

/// Four bytes by which an anchor is found: all of them its own, or three and one that follows.
#[derive(Clone, Copy)]
struct Row {
    /// Their hash, which no other four bytes have.
    mixed: u32,
    anchor: u32,
    /// Where in the anchor they stand.
    at: u32,
}

/// Bits of a bitmap: 16 KiB.
const BITS: usize = 1 << 17;
/// Rows of [`Anchors::starts`].
const STARTS: usize = 1 << 14;

/// Makes letters lower-case, and some other bytes others: comparing tells them apart.
fn fold(bytes: u32) -> u32 {
    bytes | 0x2020_2020
}

/// Of four folded bytes.
fn mix(four: u32) -> u32 {
    four.wrapping_mul(0x9e37_79b1)
}

/// Of the first three of four folded bytes.
fn mix_three(four: u32) -> u32 {
    (four & 0x00ff_ffff).wrapping_mul(0x9e37_79b1)
}

fn holds(bitmap: &[u32; BITS / 32], mixed: u32) -> bool {
    let bit = (mixed >> (u32::BITS - BITS.trailing_zeros())) as usize;
    bitmap[bit / 32] >> (bit % 32) & 1 != 0
}

fn set(bitmap: &mut [u32; BITS / 32], mixed: u32) {
    let bit = (mixed >> (u32::BITS - BITS.trailing_zeros())) as usize;
    bitmap[bit / 32] |= 1 << (bit % 32);
}

fn start(mixed: u32) -> usize {
    (mixed >> 4) as usize % STARTS
}

impl Anchors {
    /// `anchors` are in lower case, of three bytes at least.
    pub(super) fn new<'a>(anchors: impl IntoIterator<Item = &'a str>) -> Self {
        let anchors: Vec<Box<[u8]>> = anchors.into_iter().map(|anchor| anchor.as_bytes().into()).collect();
        let (mut threes, mut fours) = (Box::new([0; BITS / 32]), Box::new([0; BITS / 32]));
        let mut rows: Vec<Row> = Vec::new();
        for (number, anchor) in (0..).zip(&anchors) {
            let mut add = |four: [u8; 4], at| {
                let mixed = mix(fold(u32::from_le_bytes(four)));
                set(&mut fours, mixed);
                rows.push(Row { mixed, anchor: number, at });
            };
            let mut add_three = |three: [u8; 3]| {
                set(&mut threes, mix_three(fold(u32::from_le_bytes([three[0], three[1], three[2], 0]))));
            };
            // Wherever the anchor stands, one of two neighbouring windows of three bytes begins at an even place. Both are
            // within the same four bytes.
            if let &[a, b, c] = &**anchor {
                // Any byte may follow, of which half the values are left after folding.
                for other in (0..=255u8).filter(|other| other & 0x20 != 0) {
                    add([a, b, c, other], 0);
                    add_three([b, c, other]);
                }
                add_three([a, b, c]);
                continue;
            }
            let neighbours = anchor.windows(4).enumerate();
            let cost = |four: &[u8]| commonness(&four[..3]).max(commonness(&four[1..]));
            if let Some((at, &[a, b, c, d])) = neighbours
                .min_by_key(|(_, four)| cost(four))
                .map(|(at, four)| (at, four.first_chunk().unwrap_or(&[0; 4])))
            {
                add([a, b, c, d], at as u32);
                add_three([a, b, c]);
                add_three([b, c, d]);
            }
        }
        rows.sort_by_key(|row| (start(row.mixed), row.mixed, row.anchor));
        let mut starts = vec![0; STARTS + 1];
        for row in &rows {
            starts[start(row.mixed) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { anchors, threes, fours, starts, rows }
    }

    /// Calls `found` with the number and the place of every anchor in `bytes`, in whatever order.
    pub(super) fn find(&self, bytes: &[u8], mut found: impl FnMut(u32, Range<usize>)) {
        // Eight bytes hold three windows at even places, and the four bytes that each begins.
        const STEP: usize = 6;
        let mut at = 0;
        while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            let eight = u64::from_le_bytes(*eight);
            let held = [0, 16, 32].map(|shift| holds(&self.threes, mix_three(fold((eight >> shift) as u32))));
            if held != [false; 3] {
                for (place, held) in held.into_iter().enumerate() {
                    if held {
                        self.fours(bytes, at + 2 * place, &mut found);
                    }
                }
            }
            at += STEP;
        }
        while at < bytes.len() {
            self.fours(bytes, at, &mut found);
            at += 2;
        }
    }

    /// Looks at the four bytes that begin here, and at those that begin one before.
    fn fours(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(u32, Range<usize>)) {
        let four = |at: usize| match bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            Some(four) => u32::from_le_bytes(*four),
            // What would follow the text: an anchor of three bytes may end it.
            None => (0..4).map(|n| bytes.get(at + n).map_or(0, |&byte| u32::from(byte) << (8 * n))).sum(),
        };
        let mixed = mix(fold(four(at)));
        if holds(&self.fours, mixed) {
            self.verify(bytes, at, mixed, found);
        }
        if let Some(before) = at.checked_sub(1) {
            let mixed = mix(fold(four(before)));
            if holds(&self.fours, mixed) {
                self.verify(bytes, before, mixed, found);
            }
        }
    }

    #[inline(never)]
    fn verify(&self, bytes: &[u8], at: usize, mixed: u32, found: &mut impl FnMut(u32, Range<usize>)) {
        let start = start(mixed);
        for row in &self.rows[self.starts[start] as usize..self.starts[start + 1] as usize] {
            if row.mixed != mixed {
                continue;
            }
            let anchor = &self.anchors[row.anchor as usize];
            let Some(start) = at.checked_sub(row.at as usize) else { continue };
            let stands = bytes.get(start..start + anchor.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(anchor));
            if stands {
                found(row.anchor, start..start + anchor.len());
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
            for (number, anchor) in (0..).zip(&anchors) {
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
