//! Blocks with codes of their own (RFC 1951, 3.2.7).

use crate::bits::Bits;
use crate::error::Error;
use crate::match_copy::{SLACK, copy};
use crate::tables::*;

/// True if raw deflate data begins with a block that has codes of its own.
pub(crate) fn has_codes(data: &[u8]) -> bool {
    data.first().is_some_and(|byte| byte >> 1 & 3 == 2)
}

/// Tables for blocks with codes of their own, to be kept and used again.
pub(crate) struct DynamicBlocks {
    /// Symbols by the lengths of their codes, of the code that is being read.
    symbols: Box<Symbols>,
    /// The table of the code for the lengths of codes.
    lengths: Box<[u32; 1 << LENGTH_BITS]>,
    /// Whether [`FEW_BITS`] find an entry of `literals`.
    few: bool,
    /// The table of the code for literals and lengths, with its second tables.
    literals: Box<[u32; 4096]>,
    /// The table of the code for distances, with its second tables.
    distances: Box<[u32; 1024]>,
}

impl DynamicBlocks {
    /// Empty tables.
    pub(crate) fn new() -> Self {
        Self {
            symbols: Box::new([[0; 336]; 16]),
            lengths: Box::new([BAD; 1 << LENGTH_BITS]),
            few: true,
            literals: Box::new([BAD; 4096]),
            distances: Box::new([BAD; 1024]),
        }
    }

    /// See [`crate::SmallInflater::inflate`]; refuses blocks of other forms.
    pub(crate) fn inflate(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let mut bits = Bits::new(data);
        let mut made = 0;
        loop {
            bits.fill();
            let last = bits.take(1) == 1;
            if bits.take(2) != 2 {
                return Err(Error::BadData);
            }
            self.read_codes(&mut bits)?;
            made = if self.few {
                self.block::<FEW_BITS>(&mut bits, out, made)?
            } else {
                self.block::<LITERAL_BITS>(&mut bits, out, made)?
            };
            if last {
                return if bits.were_there(data) {
                    Ok(made)
                } else {
                    Err(Error::BadData)
                };
            }
        }
    }

    /// Makes the tables for the codes that a dynamic block starts with.
    #[inline(never)]
    fn read_codes(&mut self, bits: &mut Bits) -> Result<(), Error> {
        let literals = bits.take(5) + 257;
        let all = literals + bits.take(5) + 1;
        let lengths = bits.take(4) + 4;
        if literals > 286 || all > literals + 30 {
            return Err(Error::BadData);
        }
        let symbols = &mut *self.symbols;
        let mut counts = [0u16; 16];
        let mut order = [0u8; 19];
        bits.fill();
        for (index, &symbol) in ORDER[..lengths].iter().enumerate() {
            if index == 16 {
                bits.fill();
            }
            order[symbol as usize] = bits.take(3) as u8;
        }
        for (symbol, &length) in order.iter().enumerate() {
            let count = &mut counts[length as usize & 7];
            symbols[length as usize & 7][*count as usize] = symbol as u16;
            *count += 1;
        }
        let rows = Rows {
            symbols,
            starts: [0; 16],
            ends: counts,
        };
        // Zlib refuses a single code here.
        let long = longest(&rows)?;
        if long <= 1 && rows.of(1).len() < 2 {
            return Err(Error::BadData);
        }
        build::<LENGTH_BITS>(&mut *self.lengths, &LENGTHS, &rows, 0, long)?;

        counts = [0; 16];
        let mut first = counts;
        let (mut symbol, mut before) = (0, 16);
        for end in [literals, all] {
            while symbol < end {
                bits.fill();
                // As many of them as have 56 bits at most.
                for _ in 0..4 {
                    let entry = self.lengths[bits.bits as usize & ((1 << LENGTH_BITS) - 1)];
                    let length = if entry & AGAIN != 0 {
                        before
                    } else {
                        (entry >> 24) as usize
                    };
                    let times = bits.number(entry & !(0xff << 24));
                    // There is no length before the first.
                    let count = counts.get_mut(length).ok_or(Error::BadData)?;
                    // A run of lengths other than zero has no more than six; that of zero is not looked at.
                    let place = symbols[length][usize::from(*count)..]
                        .first_chunk_mut::<8>()
                        .ok_or(Error::BadData)?;
                    for (step, place) in place.iter_mut().enumerate() {
                        *place = (symbol + step) as u16;
                    }
                    *count += times as u16;
                    symbol += times;
                    before = length;
                    if symbol >= end {
                        break;
                    }
                }
            }
            if end == literals {
                // A run may go on from literals to distances.
                first = counts;
                first[before & 15] -= (symbol - literals) as u16;
            }
        }
        if symbol != all {
            return Err(Error::BadData);
        }
        let rows = Rows {
            symbols,
            starts: [0; 16],
            ends: first,
        };
        let long = longest(&rows)?;
        self.few = long <= FEW_BITS;
        if self.few {
            build::<FEW_BITS>(&mut *self.literals, &LITERALS, &rows, 0, long)?;
        } else {
            build::<LITERAL_BITS>(&mut *self.literals, &LITERALS, &rows, 0, long)?;
        }
        let rows = Rows {
            symbols,
            starts: first,
            ends: counts,
        };
        build::<DISTANCE_BITS>(
            &mut *self.distances,
            &DISTANCES,
            &rows,
            literals,
            longest(&rows)?,
        )
    }

    /// Inflates a block with codes; returns how many bytes are made then.
    #[inline(never)]
    fn block<const BITS: usize>(
        &self,
        bits: &mut Bits,
        out: &mut [u8],
        mut made: usize,
    ) -> Result<usize, Error> {
        let most = out
            .len()
            .checked_sub(SLACK)
            .ok_or(Error::InsufficientSpace)?;
        let mut b = *bits;
        b.fill();
        let mut entry = self.look::<BITS>(&b);
        loop {
            if made > most {
                return Err(if b.past > 8 {
                    Error::BadData
                } else {
                    Error::InsufficientSpace
                });
            }
            if entry & LITERAL != 0 {
                b.literal(entry, out, &mut made);
                entry = self.look::<BITS>(&b);
                if entry & LITERAL != 0 {
                    b.literal(entry, out, &mut made);
                    entry = self.look::<BITS>(&b);
                    if entry & LITERAL != 0 {
                        b.literal(entry, out, &mut made);
                        b.fill();
                        entry = self.look::<BITS>(&b);
                        continue;
                    }
                }
            }
            if entry & SPECIAL != 0 {
                if entry & (END | BAD) == SPECIAL {
                    b.drop(entry);
                    let more = b.bits as usize & ((1 << (entry >> 8 & 15)) - 1);
                    entry = self.literals[((entry >> 16) as usize + more) & 4095];
                    if entry & LITERAL != 0 {
                        b.literal(entry, out, &mut made);
                        b.fill();
                        entry = self.look::<BITS>(&b);
                        continue;
                    }
                }
                if entry & SPECIAL != 0 {
                    b.drop(entry);
                    *bits = b;
                    return match entry & (END | BAD) {
                        END if made > most => Err(Error::InsufficientSpace),
                        END => Ok(made),
                        _ => Err(Error::BadData),
                    };
                }
            }
            let length = b.number(entry);
            if b.count & 63 < 28 {
                b.fill();
            }
            let mut far = self.distances[b.bits as usize & ((1 << DISTANCE_BITS) - 1)];
            if far & SPECIAL != 0 {
                if far & BAD == BAD {
                    return Err(Error::BadData);
                }
                b.drop(far);
                let more = b.bits as usize & ((1 << (far >> 8 & 15)) - 1);
                far = self.distances[((far >> 16) as usize + more) & 1023];
                if far & SPECIAL != 0 {
                    return Err(Error::BadData);
                }
            }
            let distance = b.number(far);
            if distance > made {
                return Err(Error::BadData);
            }
            // Before the copy, so that it need not be waited for.
            b.fill();
            entry = self.look::<BITS>(&b);
            copy(out, made, distance, length);
            made += length;
        }
    }

    #[inline(always)]
    fn look<const BITS: usize>(&self, bits: &Bits) -> u32 {
        self.literals[bits.bits as usize & ((1 << BITS) - 1)]
    }
}
