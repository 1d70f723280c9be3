//! Reads the parts of escapes that languages share.

use super::super::Unit;

/// The bytes before the next of `marks`; at least one byte, for a mark that is none.
pub(super) fn plain(rest: &[u8], marks: &[u8]) -> Unit {
    let length = rest.iter().position(|byte| marks.contains(byte));
    Unit::Verbatim(length.unwrap_or(rest.len()).max(1))
}

/// The number that up to `most` hexadecimal digits at `at` write, and how many digits there are.
pub(super) fn hex(rest: &[u8], at: usize, most: usize) -> (u32, usize) {
    number(rest, at, most, 16)
}

/// The number that up to `most` octal digits at `at` write, and how many digits there are.
pub(super) fn octal(rest: &[u8], at: usize, most: usize) -> (u32, usize) {
    number(rest, at, most, 8)
}

/// The number that up to `most` digits at `at` write, and how many digits there are.
pub(super) fn number(rest: &[u8], at: usize, most: usize, base: u32) -> (u32, usize) {
    let digits = rest.get(at..).unwrap_or_default().iter();
    let digits = digits.map_while(|&byte| char::from(byte).to_digit(base));
    digits.take(most).fold((0, 0), |(value, count), digit| {
        (value * base + digit, count + 1)
    })
}

/// The number of exactly `count` hexadecimal digits at `at`.
pub(super) fn exact_hex(rest: &[u8], at: usize, count: usize) -> Option<u32> {
    let (value, found) = hex(rest, at, count);
    (found == count).then_some(value)
}

/// The number of up to `most` hexadecimal digits in braces at `at`, and the offset behind the braces.
pub(super) fn braced_hex(rest: &[u8], at: usize, most: usize) -> Option<(u32, usize)> {
    if rest.get(at) != Some(&b'{') {
        return None;
    }
    let (value, found) = hex(rest, at + 1, most);
    let end = at + 1 + found;
    (found > 0 && rest.get(end) == Some(&b'}')).then_some((value, end + 1))
}

/// An escape that yields the character with this number. Numbers that are no character are unknown.
pub(super) fn character(length: usize, number: u32) -> Unit {
    char::from_u32(number).map_or(Unit::Unknown(length), |character| {
        Unit::character(length, character)
    })
}

/// An escape that yields the byte with this number. A larger number is unknown.
pub(super) fn byte(length: usize, number: u32) -> Unit {
    u8::try_from(number).map_or(Unit::Unknown(length), |byte| Unit::byte(length, byte))
}

/// An escape that yields the character behind the backslash.
pub(super) fn itself(rest: &[u8]) -> Unit {
    let length = 1 + character_length(&rest[1..]);
    match rest.get(1..length) {
        Some(bytes) if !bytes.is_empty() => Unit::bytes(length, bytes),
        _ => Unit::Unknown(rest.len()),
    }
}

/// An escape that the language does not define, with the character behind the backslash.
pub(super) fn unknown(rest: &[u8]) -> Unit {
    Unit::Unknown((1 + character_length(&rest[1..])).min(rest.len()))
}

/// An escape of one letter from a table, such as `\n`.
pub(super) fn letter(rest: &[u8], table: &[(u8, u8)]) -> Option<Unit> {
    let letter = rest.get(1)?;
    let found = table.iter().find(|(name, _)| name == letter)?;
    Some(Unit::byte(2, found.1))
}

/// An escape that yields a unit of UTF-16. `code` reads one at the beginning of a text, with its length. Two
/// halves that follow each other are one character.
pub(super) fn utf16(rest: &[u8], code: impl Fn(&[u8]) -> Option<(u32, usize)>) -> Unit {
    let Some((first, length)) = code(rest) else {
        return unknown(rest);
    };
    if (0xD800..0xDC00).contains(&first)
        && let Some((second, more)) = code(&rest[length..])
        && (0xDC00..0xE000).contains(&second)
    {
        let number = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return character(length + more, number);
    }
    character(length, first)
}

/// `\uXXXX` with as many `u` as there are.
pub(super) fn java_unicode(rest: &[u8]) -> Option<(u32, usize)> {
    let letters = rest
        .get(1..)?
        .iter()
        .take_while(|&&byte| byte == b'u')
        .count();
    if rest[0] != b'\\' || letters == 0 {
        return None;
    }
    exact_hex(rest, 1 + letters, 4).map(|number| (number, 5 + letters))
}

/// The length of a line end at `at`.
pub(super) fn line_end(rest: &[u8], at: usize) -> Option<usize> {
    match rest.get(at..) {
        Some([b'\r', b'\n', ..]) => Some(2),
        Some([b'\r' | b'\n', ..]) => Some(1),
        _ => None,
    }
}

/// A line end at the beginning of `rest`, which is a carriage return, as languages read it that know only line feeds.
pub(super) fn line_feed(rest: &[u8]) -> Unit {
    Unit::byte(line_end(rest, 0).unwrap_or(1), b'\n')
}

/// A line end as languages read it that differ in it: `\r\n`, or a lone carriage return.
pub(super) fn doubtful_line_end(rest: &[u8]) -> Unit {
    Unit::Unknown(line_end(rest, 0).unwrap_or(1))
}

/// Whether a name may begin with the byte.
pub(super) fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// Whether a name may have the byte.
pub(super) fn continues_name(byte: u8) -> bool {
    begins_name(byte) || byte.is_ascii_digit()
}

/// The length of the name at `at`; 0 if there is none.
pub(super) fn name_length(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(&byte) if begins_name(byte) => {
            let name = text[at..].iter();
            name.take_while(|&&byte| continues_name(byte)).count()
        }
        _ => 0,
    }
}

/// `$name` or `${expression}` at the beginning of `rest`; another dollar is literal.
pub(super) fn dollar(rest: &[u8]) -> Unit {
    match rest.get(1) {
        Some(b'{') => hole(rest, 2, b'}'),
        Some(&byte) if begins_name(byte) => Unit::Interpolation(1 + name_length(rest, 1)),
        _ => Unit::Verbatim(1),
    }
}

/// An expression within a literal whose code begins at `at` and ends with `close`.
pub(super) fn hole(rest: &[u8], at: usize, close: u8) -> Unit {
    Unit::Interpolation(super::hole::end(rest, at, close).unwrap_or(rest.len()))
}

/// The length of the UTF-8 character at the beginning of `rest`; 1 for other bytes, and 0 for nothing.
fn character_length(rest: &[u8]) -> usize {
    let length = match rest.first() {
        None => return 0,
        Some(0xC2..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF4) => 4,
        Some(_) => 1,
    };
    length.min(rest.len())
}
