//! Keys that programs and settings write as arrays of numbers: `key = []byte{0x7b, 0x86, …}`.

use std::ops::Range;

use super::line_bytes::skip_space;
use super::name::Name;
use super::operator::operator;
use crate::detect::decode;
use crate::steps;

/// A key has at least so many bytes.
const LEAST: usize = 16;

/// Bytes between an operator and the array's first bracket, such as `new byte[] `.
const BEFORE: usize = 64;

/// Bytes of white space and line ends between a bracket and the first number.
const SPACE: usize = 160;

/// An array of numbers that is assigned to a name.
pub struct ByteArray {
    /// The whole name.
    pub name: Range<usize>,
    /// From the first number to the last.
    pub range: Range<usize>,
    /// The bytes that the numbers yield.
    pub bytes: Vec<u8>,
}

/// The name that ends in the word, up to the end of the part that names the kind of value, if an array of numbers may be
/// assigned to it: its line shows a bracket, and behind it nothing or a number.
pub fn name_before_array(text: &[u8], word: &Range<usize>) -> Option<Range<usize>> {
    let name = Name::around(text, word).ok()?;
    (!brackets(text, &name).is_empty()).then_some(name.range.start..name.stem)
}

/// Reads the array that is assigned to the name that ends in the word.
pub fn read(text: &[u8], word: &Range<usize>) -> Option<ByteArray> {
    let name = Name::around(text, word).ok()?;
    let (range, bytes) = brackets(text, &name).into_iter().find_map(|bracket| {
        let at = first_number(text, bracket);
        let (range, bytes) = decode::numbers_at(text, at)?;
        steps::count(range.len());
        let end = text.get(range.end..)?;
        let closing = end.iter().find(|b| !b.is_ascii_whitespace() && **b != b',');
        let is_closed = matches!(closing, Some(b'}' | b']' | b')'));
        (is_closed && is_key_like(&bytes)).then_some((range, bytes))
    })?;
    Some(ByteArray {
        name: name.range.clone(),
        range,
        bytes,
    })
}

/// The brackets behind the operator that a number, or the end of the line, follows.
fn brackets(text: &[u8], name: &Name) -> Vec<usize> {
    let Some((at, operator)) = operator(text, name.after) else {
        return Vec::new();
    };
    if !matches!(operator, b"=" | b":" | b":=" | b"=>") {
        return Vec::new();
    }
    let rest = &text[at..text.len().min(at + BEFORE)];
    let inner = |b: &u8| !matches!(b, b'\n' | b'"' | b'\'' | b'`' | b'#');
    let length = rest.iter().take_while(|b| inner(b)).count();
    let is_open = |offset: &usize| {
        let after = skip_space(text, at + offset + 1);
        matches!(rest[*offset], b'{' | b'[' | b'(')
            && match text.get(after) {
                None | Some(b'\n' | b'\r') => {
                    says_bytes(name.lead(text)) || says_bytes(&rest[..*offset])
                }
                Some(b'(') => text[after..].starts_with(b"(byte)"),
                Some(b) => b.is_ascii_digit() || *b == b'-',
            }
    };
    (0..length)
        .filter(is_open)
        .map(|offset| at + offset)
        .collect()
}

/// Whether a type or a call of bytes is written here: without one, an array whose numbers begin on the next line may have
/// any content.
fn says_bytes(text: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [b"byte", b"uint8", b"u8", b"char", b"buffer", b"int8"];
    let text = &text[text.len().saturating_sub(BEFORE)..];
    let lower = text.to_ascii_lowercase();
    WORDS
        .iter()
        .any(|word| memchr::memmem::find(&lower, word).is_some())
}

fn first_number(text: &[u8], bracket: usize) -> usize {
    let after = &text[bracket + 1..text.len().min(bracket + 1 + SPACE)];
    bracket + 1 + after.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// Whether bytes may be a random key: they neither count up or down, nor repeat each other more than random bytes do.
fn is_key_like(bytes: &[u8]) -> bool {
    if bytes.len() < LEAST {
        return false;
    }
    let mut seen = [false; 256];
    bytes
        .iter()
        .for_each(|&byte| seen[usize::from(byte)] = true);
    let distinct = seen.iter().filter(|&&seen| seen).count();
    let step = |pair: &[u8]| pair[1].wrapping_sub(pair[0]);
    let mut steps = [0usize; 256];
    bytes
        .windows(2)
        .for_each(|pair| steps[usize::from(step(pair))] += 1);
    let commonest = steps.iter().max().copied().unwrap_or(0);
    // Of 16 random bytes, 15 or 16 are distinct; of 64, 57; of 256, 162.
    distinct >= (bytes.len() * 3 / 4).min(96) && commonest * 4 <= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_many_languages() {
        let numbers = "0x7b, 0x86, 0xd8, 0x12, 0x00, 0x7a, 0xe0, 0x98, 0x30, 0xb0, 0xa9, 0x9d, 0xbe, 0x85, 0xf8, 0xe9";
        for (before, after) in [
            ("var key = []byte{", "}"),
            ("key := [16]byte{", "}"),
            ("unsigned char key[16] = {\n  ", "\n};"),
            ("byte[] key = new byte[] { ", " };"),
            ("byte[] key = {", "};"),
            ("val key = byteArrayOf(", ")"),
            ("const key: [u8; 16] = [", "];"),
            ("let key: [UInt8] = [", "]"),
            ("key = bytes([", "])"),
            ("key = bytearray((", "))"),
            ("const key = new Uint8Array([\n", ",\n]);"),
            ("const key = Buffer.from([", "]);"),
            ("\"key\": [", "],"),
            ("key: [", "]"),
            ("'key' => [", "]"),
        ] {
            let text = format!("{before}{numbers}{after}");
            let at = text.find("key").unwrap();
            let word = at..at + 3;
            assert!(
                name_before_array(text.as_bytes(), &word).is_some(),
                "{text}"
            );
            let found = read(text.as_bytes(), &word).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(&text[found.range], numbers, "{text}");
            assert_eq!(found.bytes.len(), 16);
        }
    }

    #[test]
    fn what_is_no_key() {
        for numbers in [
            "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16",
            "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0",
            "1, 9, 200, 7",
            "300, 9, 200, 7, 3, 8, 54, 1, 90, 43, 21, 77, 89, 17, 95, 4",
            "7, 9, 200, x, 3, 8, 54, 1, 90, 43, 21, 77, 89, 17, 95, 4",
        ] {
            assert!(
                read(format!("key = {{{numbers}}}").as_bytes(), &(0..3)).is_none(),
                "{numbers}"
            );
        }
    }
}
