//! Blocks in the fixed code (RFC 1951, 3.2.6). A literal's code has eight bits or nine, and the
//! first five decide which. The starts of several literals in a row are thus known before any of
//! them is looked up: each literal costs a dependency of two cycles instead of seven, the latency
//! of a table in memory.

use std::hint::select_unpredictable;

use crate::bits::Bits;
use crate::error::Error;
use crate::match_copy::{SLACK, copy};
use crate::tables::*;

/// Literals that are taken at once: their codes have no more bits than [`Bits::fill`] gives.
const ROW: usize = 6;

/// Set in an entry of [`BYTES`] if there is no literal.
const OTHER: u16 = 1 << 8;

/// The literals, by the next nine bits.
static BYTES: [u16; 512] = {
    let mut table = [OTHER; 512];
    let mut byte = 0;
    while byte < 256 {
        // Codes come from their high ends on.
        let (code, bits): (u16, u32) = if byte < 144 {
            (0x30 + byte, 8)
        } else {
            (0x190 + byte - 144, 9)
        };
        let mut place = (code.reverse_bits() >> (16 - bits)) as usize;
        while place < 512 {
            table[place] = byte;
            place += 1 << bits;
        }
        byte += 1;
    }
    table
};

/// Lengths and the end of the block, by the next eight bits.
static LENGTHS: [u32; 256] = {
    let mut table = [BAD; 256];
    let mut symbol = 256;
    while symbol < 288 {
        let (code, bits) = if symbol < 280 {
            (symbol - 256, 7)
        } else {
            (0xc0 + symbol - 280, 8)
        };
        let mut place = ((code as u16).reverse_bits() >> (16 - bits)) as usize;
        while place < 256 {
            table[place] = LITERALS[symbol] + bits * 0x101;
            place += 1 << bits;
        }
        symbol += 1;
    }
    table
};

/// Distances, by the next five bits.
static FAR: [u32; 32] = {
    let mut table = [BAD; 32];
    let mut symbol = 0;
    while symbol < 32 {
        table[((symbol as u8).reverse_bits() >> 3) as usize] = DISTANCES[symbol] + 5 * 0x101;
        symbol += 1;
    }
    table
};

/// Which five bits begin a literal of nine.
const NINE: u32 = {
    let mut set = 0;
    let mut bits = 0u32;
    while bits < 32 {
        // 11001 and above.
        if (bits as u8).reverse_bits() >> 3 > 24 {
            set |= 1 << bits;
        }
        bits += 1;
    }
    set
};

/// Whether raw deflate data begins with a block in the fixed code that is its last, as that of nearly all such streams is.
pub(crate) fn is_all(data: &[u8]) -> bool {
    data.first().is_some_and(|byte| byte & 7 == 3)
}

/// See [`crate::SmallInflater::inflate`]; for data of which [`is_all`] is true.
pub(crate) fn inflate(data: &[u8], out: &mut [u8]) -> Result<usize, Error> {
    let most = out
        .len()
        .checked_sub(SLACK)
        .ok_or(Error::InsufficientSpace)?;
    let (mut b, mut made) = (Bits::new(data), 0);
    b.fill();
    b.drop(3);
    loop {
        b.fill();
        b.count &= 63;
        let row: &mut [u8; ROW] = out[made..]
            .first_chunk_mut()
            .ok_or(Error::InsufficientSpace)?;
        let (mut next, mut count, mut seen) = (b.bits, b.count, 0);
        for byte in row {
            let entry = BYTES[next as usize & 511];
            *byte = entry as u8;
            seen |= entry;
            let nine = NINE >> (next & 31) & 1 == 1;
            count = count.wrapping_sub(8 + u32::from(nine));
            // One is turned and not shifted: of two shifts the compiler makes one, whose count has to be waited for.
            next = select_unpredictable(nine, next.rotate_right(9), next >> 8);
        }
        // There are some bits left always. That is asked so that the compiler counts them above, and not here again.
        if u32::from(seen) | count < u32::from(OTHER) {
            made += ROW;
            b.bits = next & ((1 << (count & 63)) - 1);
            b.count = count;
            continue;
        }

        let before = before_other(b.bits);
        b.drop(before);
        // No more than a bit of nine.
        made += before as usize / 8;
        let entry = LENGTHS[b.bits as usize & 255];
        if entry & SPECIAL != 0 {
            b.drop(entry);
            return match entry & (END | BAD) {
                END if !b.were_there(data) => Err(Error::BadData),
                END if made > most => Err(Error::InsufficientSpace),
                END => Ok(made),
                _ => Err(Error::BadData),
            };
        }
        b.fill();
        let length = b.number(entry);
        let far = FAR[b.bits as usize & 31];
        if far & SPECIAL != 0 {
            return Err(Error::BadData);
        }
        let distance = b.number(far);
        if made > most {
            return Err(Error::InsufficientSpace);
        }
        if distance > made {
            return Err(Error::BadData);
        }
        copy(out, made, distance, length);
        made += length;
    }
}

/// How many bits the literals have that come before another code. There must be fewer than [`ROW`].
#[inline(always)]
fn before_other(bits: u64) -> u32 {
    // Whether a code that began at a bit would have nine bits, and whether it would be no literal: 00, but for 0011, or 11000.
    let two = bits & bits >> 1;
    let nine = two & (bits >> 2 | bits >> 3 | bits >> 4);
    let other = two & !nine | !(bits | bits >> 1 | bits >> 2 & bits >> 3);
    // Where the codes begin. A byte for each: it is one bit further on for each code of nine before.
    let mut start = 1;
    let mut starts = start;
    for code in 1..ROW {
        start += start & nine >> (8 * (code - 1));
        starts |= start << (8 * code);
    }
    (starts & other).trailing_zeros()
}
