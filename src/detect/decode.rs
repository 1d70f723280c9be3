//! How the bytes of a file become the value that an application uses. Every step can be done again from the raw bytes,
//! which is what `import` does.

use crate::finding::Decoding;

/// Applies `steps` in order. `None` when the bytes are not of that encoding.
pub fn apply(raw: &[u8], steps: &[Decoding]) -> Option<Vec<u8>> {
    let mut bytes = raw.to_vec();
    for step in steps {
        let next = match step {
            Decoding::Percent => percent(&bytes)?,
            Decoding::Backslash => backslash(&bytes)?,
            Decoding::Dedent => dedent(&bytes),
        };
        zeroize::Zeroize::zeroize(&mut bytes);
        bytes = next;
    }
    Some(bytes)
}

/// Steps that a quoted string needs: none when it holds no backslash, or one that is no escape we know.
pub fn steps_of_quoted(raw: &[u8]) -> Vec<Decoding> {
    if raw.contains(&b'\\') && backslash(raw).is_some() { vec![Decoding::Backslash] } else { Vec::new() }
}

/// Steps that the password of a URI needs.
pub fn steps_of_uri_part(raw: &[u8]) -> Vec<Decoding> {
    if raw.contains(&b'%') && percent(raw).is_some() { vec![Decoding::Percent] } else { Vec::new() }
}

/// Steps that a block such as a PEM key needs, which may stand in a string of one line or indented in a document.
pub fn steps_of_block(raw: &[u8]) -> Vec<Decoding> {
    let mut steps = Vec::new();
    if !raw.starts_with(b"-----BEGIN") {
        return steps;
    }
    if memchr::memmem::find(raw, b"\\n").is_some() && backslash(raw).is_some() {
        steps.push(Decoding::Backslash);
    }
    if raw.windows(2).any(|pair| pair[0] == b'\n' && matches!(pair[1], b' ' | b'\t')) {
        steps.push(Decoding::Dedent);
    }
    steps
}

fn dedent(raw: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = raw.split(|&b| b == b'\n').map(<[u8]>::trim_ascii_start).collect();
    lines.join(&b'\n')
}

fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

fn percent(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw.iter();
    while let Some(&byte) = rest.next() {
        out.push(if byte == b'%' { (digit(*rest.next()?)? << 4 | digit(*rest.next()?)?) as u8 } else { byte });
    }
    Some(out)
}

fn backslash(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let (&escape, after) = rest.split_first()?;
        rest = after;
        match escape {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'0' => out.push(0),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\\' | b'"' | b'\'' | b'`' | b'/' | b'$' | b' ' => out.push(escape),
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

fn utf16_unit(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (four, rest) = bytes.split_at_checked(4)?;
    let unit = four.iter().try_fold(0, |unit, &b| Some(unit << 4 | digit(b)?))?;
    Some((unit as u16, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_strings() {
        for (raw, value) in [
            (r"a\nb", Some("a\nb")),
            (r#"q\"q\\"#, Some("q\"q\\")),
            (r"\u00e9\ud83d\ude00", Some("é😀")),
            (r"\x41", Some("A")),
            (r"\q", None),
            (r"end\", None),
            (r"\ud83d", None),
        ] {
            assert_eq!(backslash(raw.as_bytes()), value.map(|v| v.as_bytes().to_vec()), "{raw}");
        }
        assert_eq!(steps_of_quoted(br"C:\q"), []);
    }

    #[test]
    fn blocks() {
        let in_json = br"-----BEGIN X-----\nabc\n-----END X-----";
        assert_eq!(apply(in_json, &steps_of_block(in_json)).unwrap(), b"-----BEGIN X-----\nabc\n-----END X-----");
        let indented = b"-----BEGIN X-----\n    abc\n    -----END X-----";
        assert_eq!(apply(indented, &steps_of_block(indented)).unwrap(), b"-----BEGIN X-----\nabc\n-----END X-----");
        assert_eq!(steps_of_block(br"a\nb"), []);
    }

    #[test]
    fn uri_parts() {
        assert_eq!(apply(b"p%40ss", &steps_of_uri_part(b"p%40ss")).unwrap(), b"p@ss");
        assert_eq!(steps_of_uri_part(b"100%"), []);
    }
}
