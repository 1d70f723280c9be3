//! Decodes bytes, and keeps a map from the decoded bytes to their sources.

use std::ops::Range;

use crate::detect::decode::{self, Endian, base64};
use crate::finding::Decoding;
use crate::steps;

/// Decoded bytes, and marks from which their sources are found again.
///
/// Decoding goes unit by unit: a unit is a group of four characters, an escape, a character. The
/// source of a byte is found by decoding again from the last mark before it, so that marks take
/// little memory whatever the units are.
pub(super) struct MappedBytes {
    /// The step that decoded them.
    step: Decoding,
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// The first unit that begins behind every [`STRIDE`] decoded bytes.
    marks: Vec<Mark>,
}

/// The beginning of a unit: its offset in the source, and in the decoded bytes.
#[derive(Clone, Copy)]
struct Mark {
    raw: usize,
    decoded: usize,
}

/// Decoded bytes between two marks.
const STRIDE: usize = 256;

impl MappedBytes {
    /// The source bytes of the units that yield a range of the decoded bytes, and the number of
    /// bytes that the first unit yields before the range. `raw` is the source.
    fn source_of(&self, raw: &[u8], range: Range<usize>) -> Option<(Range<usize>, usize)> {
        let unit_of = |at: usize| {
            let marks = &self.marks;
            let before = marks.partition_point(|mark| mark.decoded <= at);
            let mark = marks[before.checked_sub(1)?];
            let (mut decoded, mut found) = (mark.decoded, None);
            each_unit(raw, self.step, mark.raw, |place, bytes| {
                if at < decoded + bytes.len() {
                    found = Some((place, at - decoded));
                }
                decoded += bytes.len();
                found.is_none()
            });
            steps::count(decoded - mark.decoded);
            found
        };
        let (first, skip) = unit_of(range.start)?;
        let (last, _) = unit_of(range.end.checked_sub(1)?)?;
        Some((first.start..last.end, skip))
    }

    /// The bytes of `raw` that a range of the decoded bytes is made of, and the steps that make it.
    pub(super) fn source_and_steps(
        &self,
        raw: &[u8],
        range: Range<usize>,
    ) -> Option<(Range<usize>, Vec<Decoding>)> {
        let (place, skip) = self.source_of(raw, range.clone())?;
        let whole = decode::apply(&raw[place.clone()], &[self.step])?;
        let wanted = skip..skip + range.len();
        let steps = if wanted == (0..whole.len()) {
            vec![self.step]
        } else {
            vec![self.step, part(&wanted)]
        };
        Some((place, steps))
    }
}

/// The step that takes a range of the bytes decoded so far. Decoded bytes are bounded, so `start`
/// and `end` fit.
pub(super) fn part(range: &Range<usize>) -> Decoding {
    Decoding::Part {
        start: range.start as u32,
        end: range.end as u32,
    }
}

/// Decodes everything that can be decoded. Other bytes yield themselves.
pub(super) fn decode_mapped(raw: &[u8], step: Decoding) -> MappedBytes {
    let mut bytes = Vec::with_capacity(raw.len());
    let (mut marks, mut next) = (Vec::new(), 0);
    each_unit(raw, step, 0, |place, yields| {
        if bytes.len() >= next && !yields.is_empty() {
            let decoded = bytes.len();
            marks.push(Mark {
                raw: place.start,
                decoded,
            });
            next = decoded + STRIDE;
        }
        bytes.extend_from_slice(yields);
        true
    });
    MappedBytes { step, bytes, marks }
}

/// Calls `found` with the place of each unit of `raw` from the one that begins at `from`, and with the
/// bytes that it yields, until `found` returns false.
#[inline(always)]
fn each_unit(
    raw: &[u8],
    step: Decoding,
    from: usize,
    mut found: impl FnMut(Range<usize>, &[u8]) -> bool,
) {
    match step {
        Decoding::Base64 => quads(raw, from, found),
        Decoding::Hex => {
            let pairs = raw[from..].as_chunks::<2>().0.iter();
            for (at, pair) in (from..).step_by(2).zip(pairs) {
                if !found(at..at + 2, &decode::hex(pair).unwrap_or_default()) {
                    return;
                }
            }
        }
        Decoding::Utf16Le => units(raw, from, Endian::Little, found),
        Decoding::Utf16Be => units(raw, from, Endian::Big, found),
        _ => {
            let mut at = from;
            while at < raw.len() {
                let length = escape_length(&raw[at..], step);
                let escape = raw.get(at..at + length).filter(|_| length > 1);
                let decoded = escape.and_then(|escape| decode::apply(escape, &[step]));
                let (length, goes_on) = match decoded {
                    Some(bytes) => (length, found(at..at + length, &bytes)),
                    None => (1, found(at..at + 1, &raw[at..at + 1])),
                };
                if !goes_on {
                    return;
                }
                at += length;
            }
        }
    }
}

/// Decodes base64: four characters yield three bytes, and white space between them is skipped. Two
/// or three characters at the end yield one or two bytes.
#[inline(always)]
fn quads(raw: &[u8], from: usize, mut found: impl FnMut(Range<usize>, &[u8]) -> bool) {
    let (mut bits, mut held, mut start, mut end) = (0, 0, from, from);
    for (at, &byte) in (from..).zip(&raw[from..]) {
        let Some(six) = base64::sextet(byte) else {
            continue;
        };
        if held == 0 {
            start = at;
        }
        end = at + 1;
        bits = bits << 6 | six;
        held += 1;
        if held == 4 {
            let [_, three @ ..] = bits.to_be_bytes();
            if !found(start..end, &three) {
                return;
            }
            (bits, held) = (0, 0);
        }
    }
    let [_, first, second, _] = (bits << (24 - 6 * held)).to_be_bytes();
    match held {
        2 => found(start..end, &[first]),
        3 => found(start..end, &[first, second]),
        _ => true,
    };
}

/// Decodes UTF-16. A unit that is no character yields its own bytes: it is in no value.
#[inline(always)]
fn units(
    raw: &[u8],
    from: usize,
    endian: Endian,
    mut found: impl FnMut(Range<usize>, &[u8]) -> bool,
) {
    let pairs = raw[from..].as_chunks::<2>().0;
    let mut at = from;
    for character in char::decode_utf16(pairs.iter().map(|pair| endian.unit(*pair))) {
        let (length, goes_on) = match character {
            Ok(character) => {
                let (length, mut utf8) = (2 * character.len_utf16(), [0; 4]);
                let bytes = character.encode_utf8(&mut utf8).as_bytes();
                (length, found(at..at + length, bytes))
            }
            Err(_) => (2, found(at..at + 2, &raw[at..at + 2])),
        };
        if !goes_on {
            return;
        }
        at += length;
    }
}

/// Length of the escape at the start of `rest`, or 1 if there is none.
fn escape_length(rest: &[u8], step: Decoding) -> usize {
    /// Greatest length of a character reference, without the ampersand.
    const REFERENCE: usize = 12;
    match (step, rest) {
        (Decoding::Percent, [b'%', ..]) => 3,
        (Decoding::QuotedPrintable, [b'=', b'\r', b'\n', ..]) => 3,
        (Decoding::QuotedPrintable, [b'=', b'\n', ..]) => 2,
        (Decoding::QuotedPrintable, [b'=', ..]) => 3,
        (Decoding::HtmlEntities, [b'&', after @ ..]) => {
            memchr::memchr(b';', &after[..after.len().min(REFERENCE)]).map_or(1, |end| end + 2)
        }
        // A high surrogate needs its low one.
        (
            Decoding::Backslash,
            [
                b'\\',
                b'u',
                b'd' | b'D',
                b'8' | b'9' | b'a' | b'b' | b'A' | b'B',
                ..,
            ],
        ) => 12,
        (Decoding::Backslash, [b'\\', b'u', ..]) => 6,
        (Decoding::Backslash, [b'\\', b'x', ..]) => 4,
        (Decoding::Backslash, [b'\\', b'0'..=b'3', b'0'..=b'7', b'0'..=b'7', ..]) => 4,
        (Decoding::Backslash, [b'\\', ..]) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STEPS: [Decoding; 8] = [
        Decoding::Base64,
        Decoding::Hex,
        Decoding::Utf16Le,
        Decoding::Utf16Be,
        Decoding::Percent,
        Decoding::Backslash,
        Decoding::HtmlEntities,
        Decoding::QuotedPrintable,
    ];

    /// The text, encoded; of an escaping encoding, only some of its characters are escaped.
    fn encoded(step: Decoding, text: &str) -> Vec<u8> {
        let units = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect();
        let escaped = |escape: &dyn Fn(u8) -> String| {
            let each = |(at, b): (usize, u8)| match b {
                b'a'..=b'z' if at % 3 > 0 => char::from(b).to_string(),
                b => escape(b),
            };
            text.bytes()
                .enumerate()
                .map(each)
                .collect::<String>()
                .into_bytes()
        };
        match step {
            Decoding::Base64 => {
                let lines = base64::encode(text.as_bytes());
                lines
                    .as_bytes()
                    .chunks(21)
                    .collect::<Vec<_>>()
                    .join(&b"\r\n "[..])
            }
            Decoding::Hex => crate::secret::hex(text.as_bytes()).into_bytes(),
            Decoding::Utf16Le => units(u16::to_le_bytes),
            Decoding::Utf16Be => units(u16::to_be_bytes),
            Decoding::Percent => escaped(&|b| format!("%{b:02X}")),
            Decoding::Backslash => escaped(&|b| format!("\\x{b:02x}")),
            Decoding::QuotedPrintable => escaped(&|b| format!("={b:02X}")),
            _ => text
                .chars()
                .map(|c| {
                    if c == 'e' {
                        "e".to_owned()
                    } else {
                        format!("&#{};", c as u32)
                    }
                })
                .collect::<String>()
                .into_bytes(),
        }
    }

    proptest! {
        #[test]
        fn any_range_can_be_decoded_again(text in "[a-f é😀\\\\&%=]{1,700}", step in prop::sample::select(STEPS.to_vec()), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
            let raw = encoded(step, &text);
            let mapped = decode_mapped(&raw, step);
            prop_assert_eq!(String::from_utf8_lossy(&mapped.bytes), text.as_str());
            let (from, to) = (from.index(text.len()), to.index(text.len()) + 1);
            if from < to {
                let (place, steps) = mapped.source_and_steps(&raw, from..to).unwrap();
                prop_assert_eq!(decode::apply(&raw[place], &steps), Some(text.as_bytes()[from..to].to_vec()));
            }
        }

        #[test]
        fn any_bytes_end(raw in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\\%=&;ux0dD8".as_slice())], 0..80), step in prop::sample::select(STEPS.to_vec())) {
            let mapped = decode_mapped(&raw, step);
            for at in 0..mapped.bytes.len() {
                let (place, _) = mapped.source_of(&raw, at..at + 1).unwrap();
                prop_assert!(place.end <= raw.len() && !place.is_empty());
            }
        }
    }
}
