//! Lists of numbers that are bytes: `0x7b, 0x86`, `54, 126, -5`.

use std::ops::Range;

/// The most numbers that are read.
const MOST: usize = 4096;

/// Comments between two numbers are skipped up to this length, in bytes.
const COMMENT: usize = 160;

/// The bytes that a text of numbers yields; `None` if it has anything else than a list of them.
pub fn numbers(raw: &[u8]) -> Option<Vec<u8>> {
    let (range, bytes) = numbers_at(raw, 0)?;
    (range.start == 0 && range.end == raw.len()).then_some(bytes)
}

/// The numbers that begin at `at`, separated by commas, and the bytes that they yield. `None` if one of them is no
/// byte. A negative number is the byte that a signed type stores in the same way.
pub fn numbers_at(text: &[u8], at: usize) -> Option<(Range<usize>, Vec<u8>)> {
    let mut bytes = Vec::new();
    let (start, mut end) = (at, at);
    let mut next = at;
    while bytes.len() < MOST {
        let Some((byte, after)) = number(text, next) else {
            // A comma may follow the last number.
            return (!bytes.is_empty() && !text.get(next).is_some_and(u8::is_ascii_alphanumeric))
                .then_some((start..end, bytes));
        };
        bytes.push(byte);
        end = after;
        let comma = skip(text, after);
        if text.get(comma) != Some(&b',') {
            return Some((start..end, bytes));
        }
        next = skip(text, comma + 1);
    }
    None
}

/// The number at `at`, and the offset behind it.
fn number(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let casts = [
        b"(byte)".as_slice(),
        b"(byte) ",
        b"(uint8_t)",
        b"(char)",
        b"(unsigned char)",
    ];
    let rest = text.get(at..)?;
    let cast = casts
        .iter()
        .filter(|cast| rest.starts_with(cast))
        .map(|cast| cast.len())
        .max();
    let at = at + cast.unwrap_or(0);
    let (negative, at) = match text.get(at)? {
        b'-' => (true, at + 1),
        _ => (false, at),
    };
    let rest = text.get(at..)?;
    let count = |digits: &[u8], is_digit: fn(&u8) -> bool| {
        digits.iter().take(4).take_while(|b| is_digit(b)).count()
    };
    let (value, length) = match rest {
        [b'0', b'x' | b'X', digits @ ..] => {
            let length = count(digits, u8::is_ascii_hexdigit);
            (parse(&digits[..length], 16)?, 2 + length)
        }
        // Some languages read a zero as the sign of an octal number.
        [b'0', b'0'..=b'9', ..] => return None,
        _ => {
            let length = count(rest, u8::is_ascii_digit);
            (parse(&rest[..length], 10)?, length)
        }
    };
    let suffixes = [b"u8".as_slice(), b"uy", b"u", b"U"];
    let suffix = suffixes
        .iter()
        .find(|suffix| rest[length..].starts_with(suffix));
    let end = at + length + suffix.map_or(0, |suffix| suffix.len());
    if text
        .get(end)
        .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
    {
        return None;
    }
    let byte = match (negative, value) {
        (false, 0..=255) => value as u8,
        (true, 1..=128) => (value as u8).wrapping_neg(),
        _ => return None,
    };
    Some((byte, end))
}

fn parse(digits: &[u8], base: u32) -> Option<u16> {
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()
}

/// The offset behind white space and comments.
fn skip(text: &[u8], mut at: usize) -> usize {
    loop {
        at += text[at..]
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        let rest = &text[at..text.len().min(at + COMMENT)];
        let end = if rest.starts_with(b"//") || rest.starts_with(b"#") {
            memchr::memchr(b'\n', rest)
        } else if rest.starts_with(b"/*") {
            memchr::memmem::find(rest, b"*/").map(|end| end + 2)
        } else {
            None
        };
        match end {
            Some(end) => at += end,
            None => return at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_many_languages() {
        for (text, bytes) in [
            ("0x7b, 0x86,0x00", Some(vec![0x7b, 0x86, 0])),
            ("54, -5,\n  127, -128", Some(vec![54, 251, 127, 128])),
            ("1, // one\n 2, /* two */ 3", Some(vec![1, 2, 3])),
            ("(byte) 0xff, (byte)0x01", Some(vec![255, 1])),
            ("0xffu8, 12u8", Some(vec![255, 12])),
            ("1", Some(vec![1])),
            ("256, 1", None),
            ("-129", None),
            ("010, 11", None),
            ("1, x", None),
            ("1.5, 2", None),
            ("1 2", None),
            ("", None),
        ] {
            assert_eq!(numbers(text.as_bytes()), bytes, "{text}");
        }
        assert_eq!(numbers_at(b"{1, 2,}", 1), Some((1..5, vec![1, 2])));
    }
}
