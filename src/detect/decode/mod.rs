//! The steps that turn the bytes of a file into the value that an application uses. Each step can
//! be repeated from the raw bytes, as `import` does.

pub mod base64;
mod escapes;
mod gzip;
mod hex_digits;
mod key_text;
mod numbers;
mod utf16;

use super::reading;
use crate::finding::Decoding;

pub use escapes::{backslash, html_entities, percent, quoted_printable};
pub use gzip::{GzipError, gzip, gzip_within};
pub use hex_digits::hex;
pub use key_text::key_text;
pub use numbers::{numbers, numbers_at};
pub use utf16::{Endian, utf16};

/// Applies `steps` in order; `None` if the bytes do not have the encoding of a step.
pub fn apply(raw: &[u8], steps: &[Decoding]) -> Option<Vec<u8>> {
    let mut bytes = raw.to_vec();
    for step in steps {
        let next = match step {
            Decoding::Percent => percent(&bytes)?,
            Decoding::Form => form(&bytes)?,
            Decoding::Backslash => backslash(&bytes)?,
            Decoding::Dedent => dedent(&bytes),
            Decoding::Base64 => base64::decode(&bytes)?,
            Decoding::Hex => hex(&bytes)?,
            Decoding::HtmlEntities => html_entities(&bytes)?,
            Decoding::QuotedPrintable => quoted_printable(&bytes)?,
            Decoding::Gzip => gzip(&bytes)?,
            Decoding::Utf16Le => utf16(&bytes, Endian::Little)?,
            Decoding::Utf16Be => utf16(&bytes, Endian::Big)?,
            Decoding::Doubled => doubled(&bytes),
            Decoding::KeyText => key_text(&bytes)?,
            Decoding::LineEnds => line_ends(&bytes),
            Decoding::Numbers => numbers(&bytes)?,
            Decoding::Escapes(escapes) => reading::decode_units(&bytes, *escapes).to_vec(),
            Decoding::Expression(syntax) => reading::read_whole(&bytes, *syntax)?.to_vec(),
            Decoding::Indented(spaces) => without_spaces(&bytes, usize::from(*spaces)),
            Decoding::Part { start, end } => bytes.get(*start as usize..*end as usize)?.to_vec(),
        };
        zeroize::Zeroize::zeroize(&mut bytes);
        bytes = next;
    }
    Some(bytes)
}

/// The bytes without the first spaces of each line but the first.
fn without_spaces(bytes: &[u8], spaces: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let own = line.iter().take_while(|byte| **byte == b' ').count();
        out.extend_from_slice(&line[if number > 0 { own.min(spaces) } else { 0 }..]);
    }
    out
}

/// The steps for a quoted string: none if it contains no backslash, or an escape that is not known.
pub fn steps_of_quoted(raw: &[u8]) -> Vec<Decoding> {
    if raw.contains(&b'\\') && backslash(raw).is_some() {
        vec![Decoding::Backslash]
    } else {
        Vec::new()
    }
}

/// The steps for the value of an XML element or attribute. Without character references it may have
/// the escapes of a program within the markup.
pub fn steps_of_markup(raw: &[u8]) -> Vec<Decoding> {
    let has_references =
        raw.contains(&b'&') && html_entities(raw).is_some_and(|decoded| decoded != raw);
    if has_references {
        vec![Decoding::HtmlEntities]
    } else {
        steps_of_quoted(raw)
    }
}

/// The steps for a value in base64: none if it is not base64, or if the decoded bytes are not text.
pub fn steps_of_base64(raw: &[u8]) -> Vec<Decoding> {
    let Some(plain) = base64::decode(raw).map(zeroize::Zeroizing::new) else {
        return Vec::new();
    };
    let is_text = std::str::from_utf8(&plain).is_ok_and(|text| {
        text.chars()
            .all(|c| !c.is_control() || c.is_ascii_whitespace())
    });
    if is_text && !raw.is_empty() {
        let mut steps = vec![Decoding::Base64];
        steps.extend(key_text_step(&plain));
        steps
    } else {
        Vec::new()
    }
}

/// The step that makes the text of a private key of a value in another layout.
pub fn key_text_step(value: &[u8]) -> Option<Decoding> {
    let is_other = key_text::begins_like_key(value)
        && key_text(value)
            .map(zeroize::Zeroizing::new)
            .is_some_and(|text| *text != value);
    is_other.then_some(Decoding::KeyText)
}

/// The steps for the password of a URI.
pub fn steps_of_uri_part(raw: &[u8]) -> Vec<Decoding> {
    if raw.contains(&b'%') && percent(raw).is_some() {
        vec![Decoding::Percent]
    } else {
        Vec::new()
    }
}

/// The steps for what an expression matched. It may be a private key, which may be in a one-line string or indented in
/// a document.
pub fn steps_of_block(raw: &[u8]) -> Vec<Decoding> {
    let has_crlf = memchr::memmem::find(raw, b"\r\n").is_some();
    let is_key = ["-----BEGIN", "---- BEGIN", "PuTTY-User-Key-File-"]
        .iter()
        .any(|head| raw.starts_with(head.as_bytes()));
    let mut steps = Vec::new();
    if has_crlf {
        steps.push(Decoding::LineEnds);
    }
    if !is_key {
        return steps;
    }
    // The text of a key of PuTTY has its lines as they are, so indentation and escapes go first.
    if let Some(step) = key_text_step(raw)
        && !raw.starts_with(b"PuTTY")
    {
        return vec![step];
    }
    if memchr::memmem::find(raw, b"\\n").is_some() && backslash(raw).is_some() {
        steps.push(Decoding::Backslash);
    }
    if raw
        .windows(2)
        .any(|pair| pair[0] == b'\n' && matches!(pair[1], b' ' | b'\t'))
    {
        steps.push(Decoding::Dedent);
    }
    let value = apply(raw, &steps).map(zeroize::Zeroizing::new);
    steps.extend(value.and_then(|value| key_text_step(&value)));
    steps
}

/// Decodes a field of a form. `None` if an escape is not complete.
fn form(raw: &[u8]) -> Option<Vec<u8>> {
    let spaced: Vec<u8> = raw
        .iter()
        .map(|&byte| if byte == b'+' { b' ' } else { byte })
        .collect();
    percent(&spaced)
}

/// Replaces two single quotes by one.
fn doubled(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        out.push(byte);
        rest = if byte == b'\'' {
            after.strip_prefix(b"'").unwrap_or(after)
        } else {
            after
        };
    }
    out
}

/// Replaces CRLF by LF.
fn line_ends(raw: &[u8]) -> Vec<u8> {
    let is_kept = |&(at, &byte): &(usize, &u8)| byte != b'\r' || raw.get(at + 1) != Some(&b'\n');
    let kept = raw.iter().enumerate().filter(is_kept);
    kept.map(|(_, &byte)| byte).collect()
}

/// Removes the indentation of each line.
fn dedent(raw: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = raw
        .split(|&b| b == b'\n')
        .map(<[u8]>::trim_ascii_start)
        .collect();
    lines.join(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_without_escapes_that_are_known_stay() {
        assert_eq!(steps_of_quoted(br"C:\q"), []);
        assert_eq!(steps_of_quoted(br"a\nb"), [Decoding::Backslash]);
        assert_eq!(steps_of_markup(b"a&amp;b"), [Decoding::HtmlEntities]);
        assert_eq!(steps_of_markup(b"a&b"), []);
    }

    #[test]
    fn steps_are_taken_one_after_the_other() {
        let steps = [
            Decoding::Base64,
            Decoding::Part { start: 5, end: 12 },
            Decoding::Percent,
        ];
        assert_eq!(apply(b"dXNlcjpodW4lNDByMg==", &steps).unwrap(), b"hun@r");
        assert_eq!(
            apply(
                b"dXNlcjpodW4lNDByMg==",
                &[Decoding::Base64, Decoding::Part { start: 5, end: 99 }]
            ),
            None
        );
        assert_eq!(apply(b"612", &[Decoding::Hex]), None);
        assert_eq!(apply(b"a\0b\0", &[Decoding::Utf16Le]).unwrap(), b"ab");
    }

    #[test]
    fn blocks() {
        let in_json = br"-----BEGIN X-----\nabc\n-----END X-----";
        assert_eq!(
            apply(in_json, &steps_of_block(in_json)).unwrap(),
            b"-----BEGIN X-----\nabc\n-----END X-----"
        );
        let indented = b"-----BEGIN X-----\n    abc\n    -----END X-----";
        assert_eq!(
            apply(indented, &steps_of_block(indented)).unwrap(),
            b"-----BEGIN X-----\nabc\n-----END X-----"
        );
        assert_eq!(steps_of_block(br"a\nb"), []);
    }

    #[test]
    fn private_keys_get_the_text_of_their_writer_and_other_blocks_its_line_ends() {
        let key = "-----BEGIN PRIVATE KEY-----\nABCD\n-----END PRIVATE KEY-----\n";
        for raw in [
            key.trim_end(),
            &key.replace('\n', "\r\n"),
            &key.replace('\n', "\\n"),
        ] {
            let steps = steps_of_block(raw.as_bytes());
            assert_eq!(steps, [Decoding::KeyText], "{raw}");
            assert_eq!(apply(raw.as_bytes(), &steps).unwrap(), key.as_bytes());
        }
        assert_eq!(steps_of_block(key.as_bytes()), []);
        // JSON may escape the slash.
        let slash = key.replace('\n', "\\n").replace("BC", "\\/");
        let steps = steps_of_block(slash.as_bytes());
        assert_eq!(steps, [Decoding::Backslash]);
        let putty = "PuTTY-User-Key-File-3: x\r\n  Encryption: none\r\n  Private-MAC: 00";
        assert_eq!(
            apply(putty.as_bytes(), &steps_of_block(putty.as_bytes())).unwrap(),
            b"PuTTY-User-Key-File-3: x\nEncryption: none\nPrivate-MAC: 00\n"
        );
        let other = b"-----BEGIN X-----\r\n  ab,\r\n-----END X-----";
        assert_eq!(
            apply(other, &steps_of_block(other)).unwrap(),
            b"-----BEGIN X-----\nab,\n-----END X-----"
        );
        assert_eq!(steps_of_block(b"a\r\nb"), [Decoding::LineEnds]);
        let coded = base64::encode(key.trim_end().as_bytes());
        assert_eq!(
            steps_of_base64(coded.as_bytes()),
            [Decoding::Base64, Decoding::KeyText]
        );
    }

    #[test]
    fn values_in_base64_are_text() {
        for (raw, plain) in [("UGZs", "Pfl"), ("UGY=", "Pf"), ("Pz8_", "???")] {
            assert_eq!(
                apply(raw.as_bytes(), &steps_of_base64(raw.as_bytes())).unwrap(),
                plain.as_bytes(),
                "{raw}"
            );
        }
        for raw in ["UGZsX", "UG%s", "AAAA", ""] {
            assert_eq!(steps_of_base64(raw.as_bytes()), [], "{raw}");
        }
    }

    #[test]
    fn doubled_quotes() {
        assert_eq!(apply(b"it''s", &[Decoding::Doubled]).unwrap(), b"it's");
    }

    #[test]
    fn uri_parts() {
        assert_eq!(
            apply(b"p%40ss", &steps_of_uri_part(b"p%40ss")).unwrap(),
            b"p@ss"
        );
        assert_eq!(steps_of_uri_part(b"100%"), []);
    }
}
