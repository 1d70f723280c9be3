//! Tables of codes: they map the next bits of a stream to a literal, a length or a distance.

use crate::error::Error;

/// Bits that find an entry of the table for literals and lengths at once; longer codes need a second look.
pub(crate) const LITERAL_BITS: usize = 11;
/// The same where no code is longer than this, as in most small streams.
pub(crate) const FEW_BITS: usize = 9;
/// The same for distances.
pub(crate) const DISTANCE_BITS: usize = 8;
/// The same for the code of code lengths, none of which is longer.
pub(crate) const LENGTH_BITS: usize = 7;

/// The longest code.
pub(crate) const LONGEST: usize = 15;

/// Entries of tables. The lowest byte is the number of bits to drop, those of the code and those behind it that it asks for;
/// the next four bits are those of the code alone; the upper half is a literal, or the least length or distance.
pub(crate) const LITERAL: u32 = 1 << 31;
/// Neither a literal nor a length nor a distance. Without the two marks below, the upper half is
/// the start of a second table, and the four bits are the number of bits that find an entry there.
pub(crate) const SPECIAL: u32 = 1 << 15;
/// The end of the block.
pub(crate) const END: u32 = SPECIAL | 1 << 14;
/// A code that has no meaning.
pub(crate) const BAD: u32 = SPECIAL | 1 << 13;

/// The entries of the symbols for literals and lengths. The last two are in the fixed code, but
/// must not be used.
pub(crate) const LITERALS: [u32; 288] = {
    let mut entries = [BAD; 288];
    let mut symbol = 0;
    while symbol < 256 {
        entries[symbol as usize] = LITERAL | symbol << 16;
        symbol += 1;
    }
    entries[256] = END;
    let (mut symbol, mut base) = (257, 3);
    while symbol < 285 {
        let extra = if symbol < 265 { 0 } else { (symbol - 261) / 4 };
        entries[symbol as usize] = base << 16 | extra;
        base += 1 << extra;
        symbol += 1;
    }
    entries[285] = 258 << 16;
    entries
};

/// The entries of the symbols for distances; again the last two must not be used.
pub(crate) const DISTANCES: [u32; 32] = {
    let mut entries = [BAD; 32];
    let (mut symbol, mut base) = (0, 1);
    while symbol < 30 {
        let extra = if symbol < 4 { 0 } else { (symbol - 2) / 2 };
        entries[symbol as usize] = base << 16 | extra;
        base += 1 << extra;
        symbol += 1;
    }
    entries
};

/// The entries of the symbols for code lengths: the upper half is the least number of repetitions,
/// and above it is the length, or the mark for the length before.
pub(crate) const LENGTHS: [u32; 19] = {
    let mut entries = [0; 19];
    let mut symbol = 0;
    while symbol < 16 {
        entries[symbol as usize] = symbol << 24 | 1 << 16;
        symbol += 1;
    }
    entries[16] = AGAIN | 3 << 16 | 2;
    entries[17] = 3 << 16 | 3;
    entries[18] = 11 << 16 | 7;
    entries
};
/// The mark for a repetition of the length before.
pub(crate) const AGAIN: u32 = 1 << 31;

/// The order in which the lengths of the codes for lengths come.
pub(crate) const ORDER: [u8; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// Symbols in order, by the lengths of their codes: there is room for all of them and for a run that is too long.
pub(crate) type Symbols = [[u16; 336]; 16];

/// Those of one code: for each length a part of the symbols.
pub(crate) struct Rows<'a> {
    /// The symbols by the lengths of their codes.
    pub(crate) symbols: &'a Symbols,
    /// The first symbol of the code, for each length.
    pub(crate) starts: [u16; 16],
    /// The end of the code's symbols, for each length.
    pub(crate) ends: [u16; 16],
}

impl Rows<'_> {
    /// The symbols with codes of this length.
    #[inline(always)]
    pub(crate) fn of(&self, length: usize) -> &[u16] {
        &self.symbols[length][usize::from(self.starts[length])..usize::from(self.ends[length])]
    }
}

/// The longest code of those in `rows`. They must be as many as there can be, but for a single code of one bit, or for none.
#[inline(always)]
pub(crate) fn longest(rows: &Rows) -> Result<usize, Error> {
    let (mut left, mut longest) = (1 << LONGEST, 0);
    for length in 1..=LONGEST {
        let count = rows.of(length).len();
        left -= (count as i32) << (LONGEST - length);
        if count > 0 {
            longest = length;
        }
    }
    if left == 0 || left > 0 && longest <= 1 {
        Ok(longest)
    } else {
        Err(Error::BadData)
    }
}

/// Makes the table of a code that [`longest`] has seen.
#[inline(always)]
pub(crate) fn build<const BITS: usize>(
    table: &mut [u32],
    entries: &[u32],
    rows: &Rows,
    less: usize,
    longest: usize,
) -> Result<(), Error> {
    if longest <= 1 {
        table[..1 << BITS].fill(BAD);
    }
    // From its high end on, so that its bits in the other order, the way they come, are the place.
    let mut code = 0u16;
    // The first places, for the shortest codes; then the table doubles as the codes get longer.
    for length in 1..=3 {
        for &symbol in rows.of(length) {
            let entry = entries[usize::from(symbol) - less] + length as u32 * 0x101;
            let mut place = usize::from(code.reverse_bits());
            while place < 8 {
                table[place] = entry;
                place += 1 << length;
            }
            code = code.wrapping_add(1 << (16 - length));
        }
    }
    for length in 4..=BITS {
        let size = 1 << (length - 1);
        let (first, second) = table[..2 * size].split_at_mut(size);
        second.copy_from_slice(first);
        for &symbol in rows.of(length) {
            let entry = entries[usize::from(symbol) - less] + length as u32 * 0x101;
            table[usize::from(code.reverse_bits()) & ((1 << BITS) - 1)] = entry;
            code = code.wrapping_add(1 << (16 - length));
        }
    }
    if longest > BITS {
        build_second::<BITS>(table, entries, rows, less, code)
    } else {
        Ok(())
    }
}

/// The tables for codes that are longer than `BITS`.
#[cold]
#[inline(never)]
fn build_second<const BITS: usize>(
    table: &mut [u32],
    entries: &[u32],
    rows: &Rows,
    less: usize,
    mut code: u16,
) -> Result<(), Error> {
    let (mut start, mut end, mut prefix) = (0, 1 << BITS, usize::MAX);
    for length in BITS + 1..=LONGEST {
        let row = rows.of(length);
        for (index, &symbol) in row.iter().enumerate() {
            let place = usize::from(code.reverse_bits());
            if place & ((1 << BITS) - 1) != prefix {
                prefix = place & ((1 << BITS) - 1);
                // As many bits as the codes with these first bits need.
                let mut more = length - BITS;
                let mut left = (1 << more) - (row.len() - index) as isize;
                while left > 0 && more + BITS < LONGEST {
                    more += 1;
                    left = (left << 1) - rows.of(more + BITS).len() as isize;
                }
                (start, end) = (end, end + (1 << more));
                if end > table.len() {
                    return Err(Error::BadData);
                }
                table[prefix] = SPECIAL | (start as u32) << 16 | (more as u32) << 8 | BITS as u32;
            }
            let entry = entries[usize::from(symbol) - less] + (length - BITS) as u32 * 0x101;
            let places = table[start..end].iter_mut().skip(place >> BITS);
            places
                .step_by(1 << (length - BITS))
                .for_each(|place| *place = entry);
            code = code.wrapping_add(1 << (16 - length));
        }
    }
    Ok(())
}
