//! What the escapes of many syntaxes have in common: hexadecimal digits, pairs of surrogates, ends of lines.

/// The number that the first `count` bytes are in hexadecimal digits; at most eight.
pub(super) fn hex(digits: &[u8], count: usize) -> Option<u32> {
    let digits = digits.get(..count)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let digits = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

/// The character of `\uXXXX`, and the length of the escape. A character beyond the first plane is a pair of
/// surrogates. A surrogate alone is no character.
pub(super) fn utf16(rest: &[u8]) -> Option<(usize, char)> {
    let first = hex(rest.get(2..)?, 4)?;
    if let Some(character) = char::from_u32(first) {
        return Some((6, character));
    }
    if first >= 0xDC00 || rest.get(6..8) != Some(b"\\u") {
        return None;
    }
    let second = hex(rest.get(8..)?, 4)?;
    if !(0xDC00..0xE000).contains(&second) {
        return None;
    }
    let character = char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))?;
    Some((12, character))
}

/// The length of the line end at the beginning of `rest`: LF, CR or both. Zero if there is none.
pub(super) fn line_end(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// The length of the spaces and tabs at the beginning of `rest`.
pub(super) fn blanks(rest: &[u8]) -> usize {
    rest.iter()
        .position(|byte| !matches!(byte, b' ' | b'\t'))
        .unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_and_may_have_no_sign() {
        assert_eq!(hex(b"0041z", 4), Some(0x41));
        assert_eq!(hex(b"FFFFFFFF", 8), Some(u32::MAX));
        assert_eq!((hex(b"+041", 4), hex(b"004", 4)), (None, None));
    }

    #[test]
    fn surrogates_are_characters_in_pairs_only() {
        assert_eq!(utf16(b"\\u00e9"), Some((6, '\u{e9}')));
        assert_eq!(utf16(b"\\ud83d\\udd11x"), Some((12, '\u{1f511}')));
        for alone in [
            "\\ud83d",
            "\\ud83dx",
            "\\udd11\\ud83d",
            "\\ud83d\\u0041",
            "\\ud83d\\ud83d",
            "\\u12",
        ] {
            assert_eq!(utf16(alone.as_bytes()), None, "{alone}");
        }
    }

    #[test]
    fn line_ends_and_blanks_have_lengths() {
        assert_eq!(
            [&b"\r\nx"[..], b"\nx", b"\rx", b"x", b""].map(line_end),
            [2, 1, 1, 0, 0]
        );
        assert_eq!([&b" \tx"[..], b"  ", b"x"].map(blanks), [2, 2, 0]);
    }
}
