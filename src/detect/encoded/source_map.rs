//! Decodes bytes, and keeps a map from the decoded bytes to their sources.

use std::ops::Range;

use crate::detect::decode::{self, Endian, base64};
use crate::finding::Decoding;

/// Decoded bytes with their sources.
pub(super) struct MappedBytes {
    /// The step that decoded them.
    pub step: Decoding,
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

/// Consecutive units of one shape: each consumes a number of source bytes and yields a number of
/// decoded bytes.
struct Piece {
    raw: usize,
    decoded: usize,
    unit: (usize, usize),
}

impl MappedBytes {
    fn new(step: Decoding) -> Self {
        Self {
            step,
            bytes: Vec::new(),
            pieces: Vec::new(),
        }
    }

    /// Adds a unit: `length` source bytes at `raw` that yield `bytes`.
    fn push(&mut self, raw: usize, length: usize, bytes: &[u8]) {
        let (decoded, unit) = (self.bytes.len(), (length, bytes.len()));
        self.bytes.extend_from_slice(bytes);
        if unit.1 == 0 {
            return;
        }
        let goes_on = self.pieces.last().is_some_and(|last| {
            last.unit == unit
                && (decoded - last.decoded).is_multiple_of(unit.1)
                && last.raw + (decoded - last.decoded) / unit.1 * unit.0 == raw
        });
        if !goes_on {
            self.pieces.push(Piece { raw, decoded, unit });
        }
    }

    /// The source bytes of the units that yield a range of the decoded bytes, and the number of
    /// bytes that the first unit yields before the range.
    pub(super) fn source_of(&self, range: Range<usize>) -> Option<(Range<usize>, usize)> {
        let unit_of = |at: usize| {
            let piece = &self.pieces[self
                .pieces
                .partition_point(|piece| piece.decoded <= at)
                .checked_sub(1)?];
            let number = (at - piece.decoded) / piece.unit.1;
            let raw = piece.raw + number * piece.unit.0;
            Some((raw..raw + piece.unit.0, (at - piece.decoded) % piece.unit.1))
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
        let (place, skip) = self.source_of(range.clone())?;
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
    let mut out = MappedBytes::new(step);
    match step {
        Decoding::Base64 => quads(raw, &mut out),
        Decoding::Hex => {
            for (at, pair) in raw.as_chunks::<2>().0.iter().enumerate() {
                out.push(2 * at, 2, &decode::hex(pair).unwrap_or_default());
            }
        }
        Decoding::Utf16Le => units(raw, Endian::Little, &mut out),
        Decoding::Utf16Be => units(raw, Endian::Big, &mut out),
        _ => {
            let mut at = 0;
            while at < raw.len() {
                let length = escape_length(&raw[at..], step);
                let escape = raw.get(at..at + length).filter(|_| length > 1);
                match escape.and_then(|escape| decode::apply(escape, &[step])) {
                    Some(bytes) => {
                        out.push(at, length, &bytes);
                        at += length;
                    }
                    None => {
                        out.push(at, 1, &raw[at..at + 1]);
                        at += 1;
                    }
                }
            }
        }
    }
    out
}

/// Decodes base64: four characters yield three bytes, and white space between them is skipped. Two
/// or three characters at the end yield one or two bytes.
fn quads(raw: &[u8], out: &mut MappedBytes) {
    let (mut bits, mut held, mut start) = (0, 0, 0);
    for (at, &byte) in raw.iter().enumerate() {
        let Some(six) = base64::sextet(byte) else {
            continue;
        };
        if held == 0 {
            start = at;
        }
        bits = bits << 6 | six;
        held += 1;
        if held == 4 {
            let [_, three @ ..] = bits.to_be_bytes();
            out.push(start, at + 1 - start, &three);
            (bits, held) = (0, 0);
        }
    }
    let [_, first, second, _] = (bits << (24 - 6 * held)).to_be_bytes();
    let end = raw
        .iter()
        .rposition(|&b| base64::sextet(b).is_some())
        .map_or(0, |at| at + 1);
    match held {
        2 => out.push(start, end - start, &[first]),
        3 => out.push(start, end - start, &[first, second]),
        _ => {}
    }
}

/// Decodes UTF-16. A unit that is no character yields its own bytes: it is in no value.
fn units(raw: &[u8], endian: Endian, out: &mut MappedBytes) {
    let pairs = raw.as_chunks::<2>().0;
    let mut at = 0;
    for character in char::decode_utf16(pairs.iter().map(|pair| endian.unit(*pair))) {
        match character {
            Ok(character) => {
                let length = 2 * character.len_utf16();
                out.push(at, length, character.encode_utf8(&mut [0; 4]).as_bytes());
                at += length;
            }
            Err(_) => {
                out.push(at, 2, &raw[at..at + 2]);
                at += 2;
            }
        }
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
        fn any_range_can_be_decoded_again(text in "[a-f é😀\\\\&%=]{1,60}", step in prop::sample::select(STEPS.to_vec()), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
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
                let (place, _) = mapped.source_of(at..at + 1).unwrap();
                prop_assert!(place.end <= raw.len() && !place.is_empty());
            }
        }
    }
}
