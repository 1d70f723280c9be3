//! The first step of [`super::anchors`]: which four bytes of a text may belong to an anchor. It looks at every second byte of
//! all that is searched, so it is done eight at a time where the processor can look up eight numbers at once.

/// Bits of the bitmap: 128 KiB, one for each four bytes of which five bits count.
const BITS: usize = 1 << 20;

/// Most windows that are looked at together, and the bytes that they need.
pub(super) const TOGETHER: usize = 64;
pub(super) const NEEDED: usize = 2 * TOGETHER + 8;

/// Four folded bytes, by hash.
pub(super) struct Windows {
    bitmap: Box<[u32; BITS / 32]>,
    /// Whether the processor has AVX2.
    #[cfg(target_arch = "x86_64")]
    gathers: bool,
}

/// The bits of bytes that count. They tell letters apart, and not their case, and take other bytes for letters: comparing
/// tells them apart.
const COUNT: u32 = 0x1f1f_1f1f;

/// The number of the bit for four bytes: what begins alike is near, so that of the bitmap those parts are in the nearest cache
/// that are asked for with what most words begin with.
pub(super) fn bit(four: u32) -> usize {
    let [a, b, c, d] = (four & COUNT).to_le_bytes().map(usize::from);
    a << 15 | b << 10 | c << 5 | d
}

impl Windows {
    pub(super) fn new() -> Self {
        Self {
            bitmap: vec![0; BITS / 32]
                .try_into()
                .expect("it is made of this length"),
            #[cfg(target_arch = "x86_64")]
            gathers: std::is_x86_feature_detected!("avx2"),
        }
    }

    pub(super) fn insert(&mut self, four: [u8; 4]) {
        let bit = bit(u32::from_le_bytes(four));
        self.bitmap[bit / 32] |= 1 << (bit % 32);
    }

    /// Which of the windows at even places of `bytes` may be there, as bits: of so many of them as begin in the first `length`
    /// bytes, and perhaps some more.
    pub(super) fn held(&self, bytes: &[u8; NEEDED], length: usize) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if self.gathers {
            #[expect(
                unsafe_code,
                reason = "what not every processor has is unsafe to call; the argument stands inside"
            )]
            // SAFETY: this one has it.
            return unsafe { gathered(&self.bitmap, bytes, length) };
        }
        self.one_by_one(bytes, length)
    }

    fn one_by_one(&self, bytes: &[u8; NEEDED], length: usize) -> u64 {
        let mut held = 0;
        // Eight bytes hold three windows.
        for (n, at) in (0..length.min(2 * TOGETHER)).step_by(6).enumerate() {
            let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk()) else {
                break;
            };
            let eight = u64::from_le_bytes(*eight);
            let three = [0, 16, 32].map(|shift| {
                let bit = bit((eight >> shift) as u32);
                u64::from(self.bitmap[bit / 32] >> (bit % 32) & 1)
            });
            held |= (three[0] | three[1] << 1 | three[2] << 2) << (3 * n);
        }
        held
    }
}

/// See [`Windows::held`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn gathered(bitmap: &[u32; BITS / 32], bytes: &[u8; NEEDED], length: usize) -> u64 {
    use std::arch::x86_64::*;
    let spread = _mm256_setr_epi8(
        0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7,
        8, 9,
    );
    let word = |at: usize| {
        bytes[at..]
            .first_chunk()
            .map_or(0, |eight| i64::from_le_bytes(*eight))
    };
    let mut held = 0;
    for (n, at) in (0..length.min(2 * TOGETHER)).step_by(16).enumerate() {
        let (first, second, third) = (word(at), word(at + 8), word(at + 16));
        let fours = _mm256_shuffle_epi8(_mm256_setr_epi64x(first, second, second, third), spread);
        let fives = _mm256_and_si256(fours, _mm256_set1_epi32(COUNT as i32));
        let tens = _mm256_maddubs_epi16(fives, _mm256_set1_epi16(0x0120));
        let numbers = _mm256_madd_epi16(tens, _mm256_set1_epi32(0x0001_0400));
        let places = _mm256_srli_epi32::<5>(numbers);
        #[expect(
            unsafe_code,
            reason = "a gather takes a pointer; the argument stands inside"
        )]
        // SAFETY: numbers have twenty bits, so that what is left after the shift is less than the bitmap's length.
        let found = unsafe { _mm256_i32gather_epi32::<4>(bitmap.as_ptr().cast(), places) };
        // The wanted bit becomes the highest one: shifted by 31 less its number, of which only five bits count.
        let up = _mm256_andnot_si256(numbers, _mm256_set1_epi32(31));
        let signs = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_sllv_epi32(found, up)));
        held |= u64::from(signs as u8) << (8 * n);
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways_see_the_same(bytes: [u8; NEEDED], length in 0..200usize, some in prop::collection::vec(0..NEEDED - 4, 0..20)) {
            let mut windows = Windows::new();
            for &at in &some {
                windows.insert(*bytes[at..].first_chunk().unwrap());
            }
            let asked = length.div_ceil(2).min(TOGETHER);
            let mask = u64::MAX.checked_shr(64 - asked as u32).unwrap_or(0);
            let slow = windows.one_by_one(&bytes, length) & mask;
            prop_assert_eq!(windows.held(&bytes, length) & mask, slow);
            for at in some.into_iter().filter(|at| at % 2 == 0 && at / 2 < asked) {
                prop_assert!(slow >> (at / 2) & 1 == 1);
            }
        }
    }
}
