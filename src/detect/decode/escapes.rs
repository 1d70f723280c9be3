//! Decoding of the escapes in strings, URLs, markup and mail.

use super::hex_digits::digit;

/// Decodes percent escapes: `%41` is `A` (RFC 3986, section 2.1). `None` at an invalid escape.
pub fn percent(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw.iter();
    while let Some(&byte) = rest.next() {
        out.push(if byte == b'%' {
            (digit(*rest.next()?)? << 4 | digit(*rest.next()?)?) as u8
        } else {
            byte
        });
    }
    Some(out)
}

/// Decodes the backslash escapes of quoted strings that most languages share. `None` at another
/// escape.
pub fn backslash(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let (&escape, after) = rest.split_first()?;
        let (before, octal) = (
            rest,
            rest.iter()
                .take(3)
                .take_while(|b| matches!(b, b'0'..=b'7'))
                .count(),
        );
        rest = after;
        match escape {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'e' => out.push(27),
            b'\\' | b'"' | b'\'' | b'`' | b'/' | b'$' | b' ' | b':' | b'=' | b'#' | b'!' => {
                out.push(escape)
            }
            // `\0` alone is NUL. Other octal escapes have three digits; with fewer they are
            // references to groups.
            b'0' if octal < 3 => out.push(0),
            b'0'..=b'3' if octal == 3 => {
                out.push((before[0] - b'0') << 6 | (before[1] - b'0') << 3 | (before[2] - b'0'));
                rest = &before[3..];
            }
            b'x' => {
                let (pair, after) = rest.split_at_checked(2)?;
                out.push((digit(pair[0])? << 4 | digit(pair[1])?) as u8);
                rest = after;
            }
            b'u' => {
                let (unit, after) = utf16_unit(rest)?;
                rest = after;
                let mut units = vec![unit];
                if (0xd800..0xdc00).contains(&unit) {
                    let (low, after) = utf16_unit(rest.strip_prefix(b"\\u")?)?;
                    rest = after;
                    units.push(low);
                }
                out.extend_from_slice(String::from_utf16(&units).ok()?.as_bytes());
            }
            _ => return None,
        }
    }
    Some(out)
}

/// A UTF-16 unit as four hex digits, and the bytes after it.
fn utf16_unit(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (four, rest) = bytes.split_at_checked(4)?;
    let unit = four
        .iter()
        .try_fold(0, |unit, &b| Some(unit << 4 | digit(b)?))?;
    Some((unit as u16, rest))
}

/// Decodes the character references of markup: numbers, and the names that XML defines. Another `&`
/// is literal, as in browsers. `None` if a number is not that of a character.
pub fn html_entities(raw: &[u8]) -> Option<Vec<u8>> {
    const NAMES: [(&[u8], u8); 5] = [
        (b"amp", b'&'),
        (b"lt", b'<'),
        (b"gt", b'>'),
        (b"quot", b'"'),
        (b"apos", b'\''),
    ];
    /// Greatest length of a reference in bytes: `#x10ffff`, and some leading zeros.
    const LONGEST: usize = 12;
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'&', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let end = memchr::memchr(b';', &rest[..rest.len().min(LONGEST)]);
        let name = end.map(|end| &rest[..end]);
        if let Some(number) = name.and_then(|name| name.strip_prefix(b"#")) {
            let (digits, base) = match number {
                [b'x' | b'X', digits @ ..] => (digits, 16),
                digits => (digits, 10),
            };
            let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()?;
            out.extend_from_slice(char::from_u32(number)?.encode_utf8(&mut [0; 4]).as_bytes());
        } else if let Some((_, byte)) = NAMES.iter().find(|(known, _)| Some(*known) == name) {
            out.push(*byte);
        } else {
            out.push(b'&');
            continue;
        }
        rest = &rest[end.map_or(0, |end| end + 1)..];
    }
    out.extend_from_slice(rest);
    Some(out)
}

/// Decodes quoted-printable: `=41` is `A`, and a line that ends in `=` continues on the next one
/// (RFC 2045, section 6.7). `None` at an invalid escape.
pub fn quoted_printable(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = match &rest[at + 1..] {
            [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => after,
            [high, low, after @ ..] => {
                out.push((digit(*high)? << 4 | digit(*low)?) as u8);
                after
            }
            _ => return None,
        };
    }
    out.extend_from_slice(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quoted_strings() {
        for (raw, value) in [
            (r"a\nb", Some("a\nb")),
            (r#"q\"q\\"#, Some("q\"q\\")),
            (r"\u00e9\ud83d\ude00", Some("é😀")),
            (r"\x41", Some("A")),
            (r"\160\1411\0z", Some("pa1\0z")),
            (r"\16", None),
            (r"\q", None),
            (r"end\", None),
            (r"\ud83d", None),
        ] {
            assert_eq!(
                backslash(raw.as_bytes()),
                value.map(|v| v.as_bytes().to_vec()),
                "{raw}"
            );
        }
    }

    #[test]
    fn markup() {
        for (raw, value) in [
            (
                "p&amp;ss&lt;&#119;&#x6F;rd&gt;&quot;&apos;",
                Some("p&ss<word>\"'"),
            ),
            ("a & b &copy; &", Some("a & b &copy; &")),
            ("&#233;&#x1F600;", Some("é😀")),
            ("&#xd800;", None),
            ("&#12a;", None),
        ] {
            assert_eq!(
                html_entities(raw.as_bytes()),
                value.map(|v| v.as_bytes().to_vec()),
                "{raw}"
            );
        }
    }

    #[test]
    fn mail() {
        for (raw, value) in [
            ("a=3Db=C3=A9=\r\nc=\nd", Some("a=bécd")),
            ("a=b", None),
            ("a=", None),
            ("a=zz", None),
            ("", Some("")),
        ] {
            assert_eq!(
                quoted_printable(raw.as_bytes()),
                value.map(|v| v.as_bytes().to_vec()),
                "{raw}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_escaped_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let each = |escape: &dyn Fn(u8) -> String| bytes.iter().map(|&b| escape(b)).collect::<String>().into_bytes();
            prop_assert_eq!(percent(&each(&|b| format!("%{b:02x}"))), Some(bytes.clone()));
            prop_assert_eq!(backslash(&each(&|b| format!("\\x{b:02X}"))), Some(bytes.clone()));
            prop_assert_eq!(backslash(&each(&|b| format!("\\{b:03o}"))), Some(bytes.clone()));
            prop_assert_eq!(quoted_printable(&each(&|b| format!("={b:02X}"))), Some(bytes.clone()));
            prop_assert_eq!(super::super::hex_digits::hex(&each(&|b| format!("{b:02x}"))), Some(bytes.clone()));
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\\'), Just(b'='), Just(b'&'), Just(b';'), Just(b'#'), Just(b'0')], 0..60)) {
            let (_, _, _, _) = (percent(&bytes), backslash(&bytes), html_entities(&bytes), quoted_printable(&bytes));
        }
    }
}
