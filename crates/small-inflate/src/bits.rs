//! Reads the bits of a stream.

/// The bits of a stream, from the lowest of its first byte on.
#[derive(Clone, Copy)]
pub(crate) struct Bits<'a> {
    /// The bytes after the bits that were taken.
    rest: &'a [u8],
    /// The next bits. Those above `count` are either zero or already right.
    pub(crate) bits: u64,
    /// The number of bits, in the lowest six bits; the bits above these have no meaning.
    pub(crate) count: u32,
    /// The number of bytes that were taken past the end, all of them zero.
    pub(crate) past: usize,
}

impl<'a> Bits<'a> {
    /// The bits of `data`.
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self {
            rest: data,
            bits: 0,
            count: 0,
            past: 0,
        }
    }

    /// Makes at least 56 bits available. Past the end they are zeros; [`Self::were_there`] checks
    /// at the end whether any was used.
    #[inline(always)]
    pub(crate) fn fill(&mut self) {
        if let Some(&word) = self.rest.first_chunk() {
            self.bits |= u64::from_le_bytes(word) << (self.count & 63);
            self.rest = &self.rest[7 - (self.count as usize >> 3 & 7)..];
            self.count |= 56;
        } else {
            *self = self.fill_at_end();
        }
    }

    /// The same for the last bytes and past the end. It takes and returns values, so that the fast
    /// path keeps them in registers.
    #[cold]
    #[inline(never)]
    fn fill_at_end(mut self) -> Self {
        self.count &= 63;
        self.bits &= (1 << self.count) - 1;
        while self.count < 56 {
            match self.rest.split_first() {
                Some((&byte, rest)) => {
                    self.bits |= u64::from(byte) << self.count;
                    self.rest = rest;
                }
                None => self.past += 1,
            }
            self.count += 8;
        }
        self
    }

    /// Drops the number of bits in the lowest six bits of an entry.
    #[inline(always)]
    pub(crate) fn drop(&mut self, entry: u32) {
        self.bits >>= entry & 63;
        self.count = self.count.wrapping_sub(entry);
    }

    /// Takes `count` bits.
    #[inline(always)]
    pub(crate) fn take(&mut self, count: u32) -> usize {
        let bits = self.bits & ((1 << count) - 1);
        self.drop(count);
        bits as usize
    }

    /// Writes the literal of an entry, and drops its code.
    #[inline(always)]
    pub(crate) fn literal(&mut self, entry: u32, out: &mut [u8], made: &mut usize) {
        self.drop(entry);
        out[*made] = (entry >> 16) as u8;
        *made += 1;
    }

    /// The number in the upper half of an entry with the bits that follow its code, all of which are dropped.
    #[inline(always)]
    pub(crate) fn number(&mut self, entry: u32) -> usize {
        let extra = (self.bits & !(!0 << (entry & 63))) >> (entry >> 8 & 63);
        self.drop(entry);
        (entry >> 16) as usize + extra as usize
    }

    /// True if no bit past the end of `data`, the data of these bits, was dropped.
    pub(crate) fn were_there(&self, data: &[u8]) -> bool {
        let taken = data.len() - self.rest.len() + self.past;
        taken - (self.count as usize & 63) / 8 <= data.len()
    }
}
