//! Pseudo-random characters that are the same at every run.

/// SplitMix64 (Steele, Lea, Flood 2014). It is our own code because the characters of an example
/// must not change with the version of a dependency: crates for random numbers do not promise a
/// stable stream.
pub(in crate::detect) struct SeededRandom(u64);

impl SeededRandom {
    /// A generator whose stream depends on the seed alone.
    pub(in crate::detect) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(in crate::detect) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `count` characters of an ASCII alphabet.
    pub(super) fn text(&mut self, alphabet: &str, count: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..count)
            .map(|_| char::from(alphabet[(self.next() % alphabet.len() as u64) as usize]))
            .collect()
    }
}
