//! Counts of the bytes of a value by class, in one pass.

/// The bytes of each class. A byte that is in none of them belongs to the last class.
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
/// Index of the lower-case letters.
pub(super) const LOWER: usize = 0;
/// Index of the upper-case letters.
pub(super) const UPPER: usize = 1;
/// Index of the digits.
pub(super) const DIGIT: usize = 2;
/// Index of the space.
pub(super) const SPACE: usize = 3;
/// Index of the dot.
pub(super) const DOT: usize = 4;
/// Index of the hyphen.
pub(super) const HYPHEN: usize = 5;
/// Index of the underscore.
pub(super) const UNDERSCORE: usize = 6;
/// Index of the slash and the backslash.
pub(super) const SLASH: usize = 7;
/// Index of the colon.
pub(super) const COLON: usize = 8;
/// Index of brackets other than braces.
pub(super) const BRACKET: usize = 9;
/// Index of braces.
pub(super) const BRACE: usize = 10;
/// Index of the symbols that begin templates.
pub(super) const TEMPLATE: usize = 11;
/// Index of other symbols that are common in passwords.
pub(super) const SYMBOL: usize = 12;
/// Index of the bytes outside ASCII.
pub(super) const FOREIGN: usize = 13;
/// Index of all other bytes.
const OTHER: usize = 14;

/// The class of each byte.
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

/// The number of bytes of each class in a text.
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
