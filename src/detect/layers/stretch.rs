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
pub(super) fn stretches(text: &[u8], range: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    let mut rest = [0; BLOCK];
    // How many bytes before `at` are in a stretch that goes on there; unknown where that block was passed by.
    let mut before = Some(0);
    for at in range.clone().step_by(BLOCK) {
        let block = text[at..].first_chunk().unwrap_or_else(|| {
            rest[..text.len() - at].copy_from_slice(&text[at..]);
            &rest
        });
        // What goes on from the block before may end with a few bytes of this one.
        if before.is_none_or(|before| before <= PART) && !may_hold(block) {
            before = None;
            continue;
        }
        // What follows the range may be looked at and does not count.
        let held = held(block) & !0 >> (BLOCK - (range.end - at).min(BLOCK));
        let first = held.trailing_ones() as usize;
        let known = before.unwrap_or_else(|| match first {
            // There are fewer than a part has, so that these would be too few, too.
            0..=PART => 0,
            _ => text[range.start..at].iter().rev().take_while(|&&byte| in_run(byte)).count(),
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
        let starts = [1, 2, 4, 8, 16].iter().fold(within, |starts, shift| starts & starts >> shift);
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
#[inline]
fn may_hold(block: &[u8; BLOCK]) -> bool {
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "what not every processor has is unsafe to call; the argument stands inside")]
    // SAFETY: without it this is not compiled.
    return unsafe { has_part_from_plus_on(block) };
    #[cfg(not(target_arch = "x86_64"))]
    block.as_chunks::<PART>().0.iter().any(|part| part.iter().all(|&byte| byte >= b'+'))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn has_part_from_plus_on(block: &[u8; BLOCK]) -> bool {
    use std::arch::x86_64::*;
    let plus = _mm_set1_epi8(b'+' as i8);
    // Bytes beyond ASCII are negative here.
    parts(block).into_iter().fold(false, |any, part| any | (_mm_movemask_epi8(_mm_cmplt_epi8(part, plus)) == 0))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn parts(block: &[u8; BLOCK]) -> [std::arch::x86_64::__m128i; BLOCK / PART] {
    let words: [i64; BLOCK / 8] = std::array::from_fn(|n| i64::from_le_bytes(block.as_chunks().0[n]));
    std::array::from_fn(|n| std::arch::x86_64::_mm_set_epi64x(words[2 * n + 1], words[2 * n]))
}

/// Which bytes of a block are characters of base64.
#[inline]
fn held(block: &[u8; BLOCK]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "what not every processor has is unsafe to call; the argument stands inside")]
    // SAFETY: without it this is not compiled.
    return unsafe { compared(block) };
    #[cfg(not(target_arch = "x86_64"))]
    block.iter().rev().fold(0, |held, &byte| held << 1 | u64::from(in_run(byte)))
}

/// See [`held`]; sixteen bytes are compared at once.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn compared(block: &[u8; BLOCK]) -> u64 {
    use std::arch::x86_64::*;
    let all = |byte: u8| _mm_set1_epi8(byte as i8);
    let within = |bytes, first, count: u8| {
        let from = _mm_sub_epi8(bytes, all(first));
        _mm_cmpeq_epi8(_mm_min_epu8(from, all(count - 1)), from)
    };
    (0..).zip(parts(block)).fold(0, |held, (n, bytes)| {
        // A slash stands before the digits.
        let more = _mm_or_si128(within(_mm_or_si128(bytes, all(0x20)), b'a', 26), within(bytes, b'/', 11));
        let signs = _mm_or_si128(_mm_cmpeq_epi8(bytes, all(b'+')), _mm_cmpeq_epi8(bytes, all(b'-')));
        let either = _mm_or_si128(_mm_or_si128(more, signs), _mm_cmpeq_epi8(bytes, all(b'_')));
        held | u64::from(_mm_movemask_epi8(either) as u16) << (16 * n)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_in_a_run_are_told() {
        for byte in 0..=255u8 {
            for at in 0..BLOCK {
                let mut block = [b' '; BLOCK];
                block[at] = byte;
                assert_eq!(held(&block), u64::from(in_run(byte)) << at, "{} at {at}", byte as char);
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
            let all = [before.as_bytes(), &text, after.as_bytes()].concat();
            stretches(&all, from..from + text.len(), |stretch| found.push(stretch.start - from..stretch.end - from));
            prop_assert_eq!(found, expected);
        }
    }
}
