//! Finds stretches of base64 in all that is searched: what is in one is asked of 64 bytes at a time, as bits.

use std::ops::Range;

use crate::detect::decode::base64;

/// Shorter stretches are not looked at: 24 bytes.
const LEAST: usize = 32;

/// So many bytes are looked at together.
const BLOCK: usize = 64;

/// Wherever a stretch that is long enough begins, all of such a part of a block are in it.
const PART: usize = LEAST / 2;

pub(super) fn in_run(byte: u8) -> bool {
    base64::sextet(byte).is_some()
}

/// Calls `found` with each stretch of characters of base64 in this range of a text that is long enough, in order.
pub(super) fn stretches(text: &[u8], range: Range<usize>, found: impl FnMut(Range<usize>)) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "what not every processor has is unsafe to call; the argument stands inside"
        )]
        // SAFETY: this one has it.
        return unsafe { avx2::stretches(text, range, found) };
    }
    all(text, range, found, |block, wanted| {
        (wanted || may_hold(block)).then(|| held(block))
    });
}

/// See [`stretches`]. `look` tells which bytes of a block are characters of base64; nothing where no part of it is in a stretch,
/// unless it is wanted.
#[inline(always)]
fn all(
    text: &[u8],
    range: Range<usize>,
    mut found: impl FnMut(Range<usize>),
    look: impl Fn(&[u8; BLOCK], bool) -> Option<u64>,
) {
    let mut rest = [0; BLOCK];
    // How many bytes before `at` are in a stretch that goes on there; unknown where that block was passed by.
    let mut before = Some(0);
    for at in range.clone().step_by(BLOCK) {
        let block = text[at..].first_chunk().unwrap_or_else(|| {
            rest[..text.len() - at].copy_from_slice(&text[at..]);
            &rest
        });
        // What goes on from the block before may end with a few bytes of this one.
        let Some(held) = look(block, before.is_some_and(|before| before > PART)) else {
            before = None;
            continue;
        };
        // What follows the range may be looked at and does not count.
        let held = held & !0 >> (BLOCK - (range.end - at).min(BLOCK));
        let first = held.trailing_ones() as usize;
        let known = before.unwrap_or_else(|| match first {
            // There are fewer than a part has, so that these would be too few, too.
            0..=PART => 0,
            _ => text[range.start..at]
                .iter()
                .rev()
                .take_while(|&&byte| in_run(byte))
                .count(),
        });
        if first == BLOCK {
            before = Some(known + BLOCK);
            continue;
        }
        if known + first >= LEAST {
            found(at - known..at + first);
        }
        let last = held.leading_ones();
        before = Some(last as usize);
        // Besides those that go on to either side there is room for one.
        let within = held & (!0 >> last) & (!0 << first);
        let starts = [1, 2, 4, 8, 16]
            .iter()
            .fold(within, |starts, shift| starts & starts >> shift);
        if starts != 0 {
            let start = starts.trailing_zeros();
            let length = (within >> start).trailing_ones();
            found(at + start as usize..at + (start + length) as usize);
        }
    }
    if let Some(before) = before.filter(|&before| before >= LEAST)
        && range.len().is_multiple_of(BLOCK)
    {
        found(range.end - before..range.end);
    }
}

/// Whether there is a part of a block that may be all in a stretch: in most there is a space, a quote, a bracket or another byte that
/// stands before the plus, and then no stretch that is long enough is told by this block.
fn may_hold(block: &[u8; BLOCK]) -> bool {
    block
        .as_chunks::<PART>()
        .0
        .iter()
        .any(|part| part.iter().all(|&byte| byte >= b'+'))
}

/// Which bytes of a block are characters of base64.
fn held(block: &[u8; BLOCK]) -> u64 {
    block
        .iter()
        .rev()
        .fold(0, |held, &byte| held << 1 | u64::from(in_run(byte)))
}

/// The same where the processor has AVX2: 32 bytes at once.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;
    use std::ops::Range;

    use super::BLOCK;

    #[target_feature(enable = "avx2")]
    pub(super) fn stretches(text: &[u8], range: Range<usize>, found: impl FnMut(Range<usize>)) {
        super::all(text, range, found, |block, wanted| {
            let held = held(block);
            // A stretch that is long enough lies within the block, or has a part at one of its ends or at one of the next.
            let within = [1, 2, 4, 8, 16]
                .iter()
                .fold(held, |starts, shift| starts & starts >> shift)
                != 0;
            let at_an_end = held & 0xffff == 0xffff || held >> 48 == 0xffff;
            (wanted | within | at_an_end).then_some(held)
        });
    }

    /// A byte is of base64 if its two halves share a mark: that of `+-/`, of digits, of the first letters of either case, and
    /// of the others, capital ones with `_`, and small ones. A byte beyond ASCII has no mark for its lower half.
    #[target_feature(enable = "avx2")]
    pub(super) fn held(block: &[u8; BLOCK]) -> u64 {
        let lower = _mm256_broadcastsi128_si256(_mm_setr_epi8(
            26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 5, 4, 5, 4, 13,
        ));
        let upper = _mm256_broadcastsi128_si256(_mm_setr_epi8(
            0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0,
        ));
        let words: [i64; BLOCK / 8] =
            std::array::from_fn(|n| i64::from_le_bytes(block.as_chunks().0[n]));
        let halves = words.as_chunks().0.iter().map(|&[a, b, c, d]| {
            let bytes = _mm256_setr_epi64x(a, b, c, d);
            let above = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(15));
            let marks = _mm256_and_si256(
                _mm256_shuffle_epi8(lower, bytes),
                _mm256_shuffle_epi8(upper, above),
            );
            !_mm256_movemask_epi8(_mm256_cmpeq_epi8(marks, _mm256_setzero_si256())) as u32
        });
        halves
            .rev()
            .fold(0, |held, half| held << 32 | u64::from(half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the road that this processor takes says.
    fn told(block: &[u8; BLOCK]) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            #[expect(
                unsafe_code,
                reason = "what not every processor has is unsafe to call; the argument stands inside"
            )]
            // SAFETY: this one has it.
            return unsafe { avx2::held(block) };
        }
        held(block)
    }

    #[test]
    fn bytes_in_a_run_are_told() {
        for byte in 0..=255u8 {
            for at in 0..BLOCK {
                let mut block = [b' '; BLOCK];
                block[at] = byte;
                let expected = u64::from(in_run(byte)) << at;
                assert_eq!(
                    (told(&block), held(&block)),
                    (expected, expected),
                    "{} at {at}",
                    byte as char
                );
            }
        }
    }

    proptest! {
        #[test]
        fn stretches_are_found_wherever_they_stand(
            before in "[a ]{0,40}",
            lengths in prop::collection::vec((0usize..100, 1usize..4), 0..12),
            last in 0usize..200,
            after in "[a ]{0,80}",
        ) {
            let (mut text, mut expected) = (Vec::new(), Vec::new());
            for (length, gap) in lengths.into_iter().chain([(last, 0)]) {
                if length >= LEAST {
                    expected.push(text.len()..text.len() + length);
                }
                text.extend((0..length).map(|n| b"aZ09+/-_"[n % 8]));
                text.extend(&b" \n."[..gap]);
            }
            let mut found = Vec::new();
            let from = before.len();
            let range = from..from + text.len();
            let text = [before.as_bytes(), &text, after.as_bytes()].concat();
            stretches(&text, range.clone(), |stretch| found.push(stretch.start - from..stretch.end - from));
            prop_assert_eq!(&found, &expected);
            // As processors do that cannot look at so many at once.
            found.clear();
            let slow = |block: &_, wanted| (wanted || may_hold(block)).then(|| held(block));
            all(&text, range, |stretch| found.push(stretch.start - from..stretch.end - from), slow);
            prop_assert_eq!(found, expected);
        }
    }
}
