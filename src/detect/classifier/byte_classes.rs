//! Counts the bytes of a value by sort, all in one pass.

/// The bytes of each sort; what is in none is of the last one.
const SORTS: [&[u8]; 15] = [
    b"abcdefghijklmnopqrstuvwxyz",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    b"0123456789",
    b" ",
    b".",
    b"-",
    b"_",
    b"/\\",
    b":",
    b"()[]<>",
    b"{}",
    b"$%#",
    b"!@^&*?~",
    b"",
    b"",
];
pub(super) const LOWER: usize = 0;
pub(super) const UPPER: usize = 1;
pub(super) const DIGIT: usize = 2;
pub(super) const SPACE: usize = 3;
pub(super) const DOT: usize = 4;
pub(super) const HYPHEN: usize = 5;
pub(super) const UNDERSCORE: usize = 6;
pub(super) const SLASH: usize = 7;
pub(super) const COLON: usize = 8;
pub(super) const BRACKET: usize = 9;
pub(super) const BRACE: usize = 10;
pub(super) const TEMPLATE: usize = 11;
pub(super) const SYMBOL: usize = 12;
/// Bytes of other alphabets.
pub(super) const FOREIGN: usize = 13;
const OTHER: usize = 14;

/// The sort of each byte.
const SORT_OF: [u8; 256] = {
    let mut of = [OTHER as u8; 256];
    let mut byte = 128;
    while byte < 256 {
        of[byte] = FOREIGN as u8;
        byte += 1;
    }
    let mut sort = 0;
    while sort < SORTS.len() {
        let mut at = 0;
        while at < SORTS[sort].len() {
            of[SORTS[sort][at] as usize] = sort as u8;
            at += 1;
        }
        sort += 1;
    }
    of
};

/// How many bytes of each sort a text has.
pub(super) fn count(text: &[u8]) -> [usize; SORTS.len()] {
    let mut counts = [0; SORTS.len()];
    text.iter()
        .for_each(|&byte| counts[usize::from(SORT_OF[usize::from(byte)])] += 1);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_of_one_sort() {
        let counts = count(&(0..=255).collect::<Vec<u8>>());
        assert_eq!(counts, [26, 26, 10, 1, 1, 1, 1, 2, 1, 6, 2, 3, 7, 128, 41]);
        assert_eq!((count(b"aB3 {")[BRACE], count(b"")), (1, [0; 15]));
    }
}
