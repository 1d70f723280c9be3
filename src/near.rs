//! Finds a byte that as a rule is near, such as a line end: in one look at many bytes, wherever among them it stands, which is
//! over before a search for long texts has begun; and then by `memchr`.

/// So many bytes are looked at together.
const BLOCK: usize = 64;

/// Where `byte` first stands.
#[inline]
pub(crate) fn find(byte: u8, text: &[u8]) -> Option<usize> {
    let Some((block, rest)) = text.split_first_chunk() else {
        return find_short(byte, text);
    };
    let places = places(byte, block);
    if places != 0 {
        return Some(places.trailing_zeros() as usize);
    }
    memchr::memchr(byte, rest).map(|at| BLOCK + at)
}

/// Where `byte` last stands.
#[inline]
pub(crate) fn rfind(byte: u8, text: &[u8]) -> Option<usize> {
    let Some((rest, block)) = text.split_last_chunk() else {
        return memchr::memrchr(byte, text);
    };
    let places = places(byte, block);
    if places != 0 {
        return Some(rest.len() + BLOCK - 1 - places.leading_zeros() as usize);
    }
    memchr::memrchr(byte, rest)
}

/// Where in a block `byte` stands, as bits.
#[inline]
fn places(byte: u8, block: &[u8; BLOCK]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    #[expect(
        unsafe_code,
        reason = "what not every processor has is unsafe to call; the argument stands inside"
    )]
    // SAFETY: without it this is not compiled.
    return unsafe { compared(byte, block) };
    #[cfg(not(target_arch = "x86_64"))]
    block
        .iter()
        .rev()
        .fold(0, |places, &other| places << 1 | u64::from(other == byte))
}

/// See [`places`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn compared(byte: u8, block: &[u8; BLOCK]) -> u64 {
    use std::arch::x86_64::*;
    let wanted = _mm_set1_epi8(byte as i8);
    let words: [i64; 8] = std::array::from_fn(|n| i64::from_le_bytes(block.as_chunks().0[n]));
    (0..4).fold(0, |places, n| {
        let equal = _mm_cmpeq_epi8(_mm_set_epi64x(words[2 * n + 1], words[2 * n]), wanted);
        places | u64::from(_mm_movemask_epi8(equal) as u16) << (16 * n)
    })
}

#[inline]
fn find_short(byte: u8, text: &[u8]) -> Option<usize> {
    let (words, last) = text.as_chunks();
    for (n, eight) in words.iter().enumerate() {
        let there = there(byte, *eight);
        if there != 0 {
            return Some(8 * n + there.trailing_zeros() as usize / 8);
        }
    }
    let at = last.iter().position(|&other| other == byte)?;
    Some(text.len() - last.len() + at)
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
