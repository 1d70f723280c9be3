//! Finds a byte that as a rule is near, such as a line end: eight bytes at a time, which is over before a faster search has
//! begun, and then by `memchr`.

/// Words of eight bytes that are looked at first.
const WORDS: usize = 6;

/// Where `byte` first stands.
#[inline]
pub(crate) fn find(byte: u8, text: &[u8]) -> Option<usize> {
    for (n, eight) in text.as_chunks::<8>().0.iter().take(WORDS).enumerate() {
        let there = there(byte, *eight);
        if there != 0 {
            return Some(8 * n + there.trailing_zeros() as usize / 8);
        }
    }
    let looked_at = (text.len() / 8).min(WORDS) * 8;
    memchr::memchr(byte, &text[looked_at..]).map(|at| looked_at + at)
}

/// Where `byte` last stands.
#[inline]
pub(crate) fn rfind(byte: u8, text: &[u8]) -> Option<usize> {
    let (first, words) = text.as_rchunks::<8>();
    for (n, eight) in words.iter().rev().take(WORDS).enumerate() {
        // The highest bit that is set may be a byte too high where the one below is there: the exact one is asked.
        if there(byte, *eight) != 0 {
            let at = eight.iter().rposition(|&other| other == byte)?;
            return Some(first.len() + 8 * (words.len() - 1 - n) + at);
        }
    }
    let left = first.len() + 8 * words.len().saturating_sub(WORDS);
    memchr::memrchr(byte, &text[..left])
}

/// Not zero if `byte` is among eight; the lowest bit that is set is the highest one of the first such byte.
fn there(byte: u8, eight: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let other = u64::from_le_bytes(eight) ^ (ONES * u64::from(byte));
    other.wrapping_sub(ONES) & !other & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn like_others(text in prop::collection::vec(prop_oneof![8 => 9..12u8, 1 => any::<u8>(), 60 => Just(b'x')], 0..120), byte in 9..12u8) {
            prop_assert_eq!(find(byte, &text), text.iter().position(|&other| other == byte));
            prop_assert_eq!(rfind(byte, &text), text.iter().rposition(|&other| other == byte));
        }
    }
}
