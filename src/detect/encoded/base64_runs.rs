//! Finds runs of base64 characters in all searched text. Blocks of 64 bytes are classified at once,
//! one bit a byte.
//!
//! Without AVX2 (`avx2`), a scan of the history of rails/rails takes 2.5 % more CPU (medians of 25
//! interleaved rounds; `docs/design/layers.md`).

use std::ops::Range;

use crate::detect::decode::base64;

/// Least length of a run, in characters: 24 decoded bytes.
const LEAST: usize = 32;

/// Bytes that are classified at once.
const BLOCK: usize = 64;

/// A run of [`LEAST`] characters covers a whole part of this length in some block, wherever it
/// begins.
const PART: usize = LEAST / 2;

/// Whether a byte is a character of base64, of either alphabet.
pub(super) fn in_run(byte: u8) -> bool {
    base64::sextet(byte).is_some()
}

/// Calls `found` with each run of at least [`LEAST`] characters in this range of a text, in order.
pub(super) fn runs(text: &[u8], range: Range<usize>, found: impl FnMut(Range<usize>)) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "a call of a function for AVX2 is unsafe; the argument is beside it"
        )]
        // SAFETY: this processor has AVX2.
        return unsafe { avx2::runs(text, range, found) };
    }
    all(text, range, found, |block, wanted| {
        (wanted || may_hold(block)).then(|| held(block))
    });
}

/// [`runs`] with a given classifier. `classify` returns the characters of a block as bits. It may
/// return `None` for a block that has no whole part of a run, unless its second argument is true.
#[inline(always)]
fn all(
    text: &[u8],
    range: Range<usize>,
    mut found: impl FnMut(Range<usize>),
    classify: impl Fn(&[u8; BLOCK], bool) -> Option<u64>,
) {
    let mut rest = [0; BLOCK];
    // Number of characters right before `at`; unknown if the block before was not classified.
    let mut before = Some(0);
    for at in range.clone().step_by(BLOCK) {
        let block = text[at..].first_chunk().unwrap_or_else(|| {
            rest[..text.len() - at].copy_from_slice(&text[at..]);
            &rest
        });
        // A run that began in the block before may end with a few bytes of this one.
        let Some(held) = classify(block, before.is_some_and(|before| before > PART)) else {
            before = None;
            continue;
        };
        // Bytes behind the range are classified, but do not count.
        let held = held & !0 >> (BLOCK - (range.end - at).min(BLOCK));
        let first = held.trailing_ones() as usize;
        let known = before.unwrap_or_else(|| match first {
            // The block before has fewer than a part, so the sum would be too short as well.
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
        // Besides runs that reach over the ends of the block there is room for one.
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

/// Whether a whole part of a block may be in a run. Most parts have a space, a quote, a bracket or
/// another byte below the plus.
fn may_hold(block: &[u8; BLOCK]) -> bool {
    block
        .as_chunks::<PART>()
        .0
        .iter()
        .any(|part| part.iter().all(|&byte| byte >= b'+'))
}

/// The characters of base64 in a block, as bits.
fn held(block: &[u8; BLOCK]) -> u64 {
    block
        .iter()
        .rev()
        .fold(0, |held, &byte| held << 1 | u64::from(in_run(byte)))
}

/// The same with AVX2: 32 bytes at once.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;
    use std::ops::Range;

    use super::BLOCK;

    /// [`super::runs`] with AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) fn runs(text: &[u8], range: Range<usize>, found: impl FnMut(Range<usize>)) {
        super::all(text, range, found, |block, wanted| {
            let held = held(block);
            // A run lies within the block, or covers a whole part at one end of it or of the next
            // block.
            let within = [1, 2, 4, 8, 16]
                .iter()
                .fold(held, |starts, shift| starts & starts >> shift)
                != 0;
            let at_an_end = held & 0xffff == 0xffff || held >> 48 == 0xffff;
            (wanted | within | at_an_end).then_some(held)
        });
    }

    /// A byte is a character if its two halves share a mark. The marks are: `+-/`; digits; the
    /// first letters of either case; the other capital letters with `_`; the other small letters.
    /// The lower half of a byte beyond ASCII has no mark.
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

    /// The bits by the classifier that this processor uses.
    fn classified(block: &[u8; BLOCK]) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            #[expect(
                unsafe_code,
                reason = "a call of a function for AVX2 is unsafe; the argument is beside it"
            )]
            // SAFETY: this processor has AVX2.
            return unsafe { avx2::held(block) };
        }
        held(block)
    }

    #[test]
    fn every_byte_is_classified() {
        for byte in 0..=255u8 {
            for at in 0..BLOCK {
                let mut block = [b' '; BLOCK];
                block[at] = byte;
                let expected = u64::from(in_run(byte)) << at;
                assert_eq!(
                    (classified(&block), held(&block)),
                    (expected, expected),
                    "{} at {at}",
                    byte as char
                );
            }
        }
    }

    proptest! {
        #[test]
        fn runs_are_found_at_any_offset(
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
            runs(&text, range.clone(), |run| found.push(run.start - from..run.end - from));
            prop_assert_eq!(&found, &expected);
            // As on processors without AVX2.
            found.clear();
            let slow = |block: &_, wanted| (wanted || may_hold(block)).then(|| held(block));
            all(&text, range, |run| found.push(run.start - from..run.end - from), slow);
            prop_assert_eq!(found, expected);
        }
    }
}
