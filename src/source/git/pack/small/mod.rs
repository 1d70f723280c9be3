//! Inflates small streams, of which a repository has hundreds of thousands: what it costs to get ready grows with the codes
//! that a block really has, where others make tables of the same size for all (RFC 1951; `docs/design/delta-road.md`).

mod bits;
mod fixed;
mod tables;
#[cfg(test)]
mod tests;

use bits::Bits;
use tables::*;

/// Room that the output must have past its end: one round of the loop over a block's codes writes no more than this before
/// it asks again whether the end was passed (three literals, or a match of 258 bytes in whole chunks). Libdeflate, too, goes
/// on with care where there is less.
pub(super) const SLACK: usize = 320;

/// Why a stream is refused. One that is only unusual is refused, too: another decompressor is to have the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Error {
    BadData,
    InsufficientSpace,
}

/// Up to so many packed bytes a stream with codes of its own is inflated faster here.
const SMALL: usize = 1024;

/// Whether [`Small`] inflates raw deflate data of so many bytes, and faster than others: by the start of its first block.
pub(super) fn suits(data: &[u8], packed: usize) -> bool {
    fixed::is_all(data) || packed <= SMALL && has_codes(data)
}

/// Whether raw deflate data begins with a block that has a code of its own.
fn has_codes(data: &[u8]) -> bool {
    data.first().is_some_and(|byte| byte >> 1 & 3 == 2)
}

/// Tables, to be kept and used again.
pub(super) struct Small {
    symbols: Box<Symbols>,
    lengths: Box<[u32; 1 << LENGTH_BITS]>,
    /// Whether [`FEW_BITS`] find an entry of `literals`.
    few: bool,
    literals: Box<[u32; 4096]>,
    distances: Box<[u32; 1024]>,
}

impl Small {
    pub(super) fn new() -> Self {
        Self {
            symbols: Box::new([[0; 336]; 16]),
            lengths: Box::new([BAD; 1 << LENGTH_BITS]),
            few: true,
            literals: Box::new([BAD; 4096]),
            distances: Box::new([BAD; 1024]),
        }
    }

    /// Inflates the raw deflate data at the start of `data` into `out`, and returns how many bytes it made. Other bytes may
    /// follow the data. `out` must have room for [`SLACK`] bytes more than are made. Stored blocks are refused, and blocks in
    /// the fixed code beside others.
    pub(super) fn inflate(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        if fixed::is_all(data) {
            return fixed::inflate(data, out);
        }
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
                    // There is none before the first.
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

/// Copies `length` bytes from `distance` before to `made`, and perhaps some more.
#[inline(always)]
fn copy(out: &mut [u8], made: usize, distance: usize, length: usize) {
    let from = made - distance;
    if distance >= 16 {
        chunks::<16>(out, from, made, length);
    } else if distance >= 8 {
        chunks::<8>(out, from, made, length);
    } else {
        // The bytes again and again, as often as a word holds them whole.
        let word = out[from..]
            .first_chunk()
            .map_or(0, |&word| u64::from_le_bytes(word));
        let wide = distance as u32 * 8;
        let mut word = word & ((1 << wide) - 1);
        word |= word << wide;
        word |= word.checked_shl(2 * wide).unwrap_or(0);
        word |= word.checked_shl(4 * wide).unwrap_or(0);
        let step = 8 - 8 % distance;
        let mut done = 0;
        while done < length {
            out[made + done..made + done + 8].copy_from_slice(&word.to_le_bytes());
            done += step;
        }
    }
}

/// Copies two chunks always, so that there is nothing to be decided for most matches.
#[inline(always)]
fn chunks<const N: usize>(out: &mut [u8], from: usize, to: usize, length: usize) {
    chunk::<N>(out, from, to);
    chunk::<N>(out, from + N, to + N);
    let mut done = 2 * N;
    while done < length {
        chunk::<N>(out, from + done, to + done);
        done += N;
    }
}

#[inline(always)]
fn chunk<const N: usize>(out: &mut [u8], from: usize, to: usize) {
    let bytes: [u8; N] = out[from..from + N].try_into().unwrap_or([0; N]);
    out[to..to + N].copy_from_slice(&bytes);
}
