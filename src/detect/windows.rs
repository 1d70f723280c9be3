//! The first step of [`super::anchors`]: the windows of a text, of four bytes each, that may belong
//! to an anchor. Every second byte of all searched text begins a window that is looked up, so eight
//! are looked up at once where the processor has AVX2.

/// Bits of the bitmap (128 KiB): one for each window, of whose bytes five bits count.
const BITS: usize = 1 << 20;

/// Greatest number of windows that one call looks up.
pub(super) const TOGETHER: usize = 64;

/// The bytes that one call reads.
pub(super) const NEEDED: usize = 2 * TOGETHER + 8;

/// A set of windows.
pub(super) struct Windows {
    bitmap: Box<[u32; BITS / 32]>,
    /// Whether the processor has AVX2.
    #[cfg(target_arch = "x86_64")]
    gathers: bool,
}

/// The bits of a window that count. They distinguish letters but not their case, and other bytes
/// collide with letters: the comparison with the anchor resolves that.
const COUNT: u32 = 0x1f1f_1f1f;

/// The number of a window's bit. Windows that begin alike have neighbouring bits, so that the parts
/// of the bitmap that common words use stay in the first cache.
pub(super) fn bit(four: u32) -> usize {
    let [a, b, c, d] = (four & COUNT).to_le_bytes().map(usize::from);
    a << 15 | b << 10 | c << 5 | d
}

impl Windows {
    /// An empty set.
    pub(super) fn new() -> Self {
        Self {
            bitmap: vec![0; BITS / 32]
                .try_into()
                .expect("it is made of this length"),
            #[cfg(target_arch = "x86_64")]
            gathers: std::is_x86_feature_detected!("avx2"),
        }
    }

    /// Adds a window.
    pub(super) fn insert(&mut self, four: [u8; 4]) {
        let bit = bit(u32::from_le_bytes(four));
        self.bitmap[bit / 32] |= 1 << (bit % 32);
    }

    /// The windows at even offsets of `bytes` that are in the set, as bits, the first window
    /// lowest. All that begin in the first `length` bytes are looked up, and perhaps some more.
    pub(super) fn held(&self, bytes: &[u8; NEEDED], length: usize) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if self.gathers {
            #[expect(
                unsafe_code,
                reason = "a call of a function for AVX2 is unsafe; the argument is beside it"
            )]
            // SAFETY: `gathers` is true only if this processor has AVX2.
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

/// [`Windows::held`] with AVX2: eight windows at once.
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
            reason = "a gather takes a pointer; the argument is beside it"
        )]
        // SAFETY: `numbers` have twenty bits, so `places` are below 2^15: the bitmap has so many
        // words.
        let found = unsafe { _mm256_i32gather_epi32::<4>(bitmap.as_ptr().cast(), places) };
        // The wanted bit becomes the highest one: it is shifted by 31 less the low five bits of its
        // number.
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
        fn both_lookups_agree(bytes: [u8; NEEDED], length in 0..200usize, some in prop::collection::vec(0..NEEDED - 4, 0..20)) {
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
