//! Searches what stands behind an encoding: base64 and hex that hold text, UTF-16, escapes of strings, URLs and markup around
//! an anchor, and any of them within another.
//!
//! What is found in a line (see [`super::search`]) is only where something encoded stands; it is decoded and searched when the
//! whole text is known, since base64 may go on in the next lines. A value found behind layers is told by the bytes of the file
//! that it is made of, and the steps that make it of them (`docs/design/layers.md`).

mod base64_runs;
mod locate;
mod source_map;

use std::collections::BTreeMap;
use std::ops::Range;

use super::decode;
use super::engine::{Candidate, Engine, Event, LineCandidates, Match, Text};
use super::file_kind::FileKind;
use super::search::LineSearch;
use crate::finding::Decoding;

pub(super) use locate::{escape_after, is_uri_behind, runs, token};
use source_map::{Unfolded, unfold};

/// Something encoded, and what makes text of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedSpan {
    pub at: Range<usize>,
    pub step: Decoding,
}

/// Layers within layers that are looked at.
const DEEPEST: u8 = 3;

/// How much may still be decoded: bytes behind all layers of a text are a small multiple of its own.
pub(super) struct Budget {
    layers: u8,
    bytes: usize,
}

impl Budget {
    pub(super) fn of(text: &[u8]) -> Self {
        Self {
            layers: DEEPEST,
            bytes: text.len().saturating_mul(4).saturating_add(64 * 1024),
        }
    }
}

/// What was found behind the layers of a text, in places of that text.
#[derive(Default)]
pub(super) struct Behind {
    pub matches: Vec<Match>,
    pub rejected: BTreeMap<&'static str, u64>,
    pub events: Vec<Event>,
}

impl Engine {
    /// Searches all lines of a text; one in UTF-16 as the text that it is.
    pub(super) fn search_at(
        &self,
        text: Text,
        trace: bool,
        budget: &mut Budget,
    ) -> (LineCandidates, Vec<Event>) {
        if let Some(step) = text.utf16() {
            let mut behind = Behind::default();
            // A mark at the beginning is no part of the text.
            let start = if matches!(text.bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
                2
            } else {
                0
            };
            let end = text.bytes.len() & !1;
            self.search_layer(
                text,
                &EncodedSpan {
                    at: start..end,
                    step,
                },
                trace,
                budget,
                &mut behind,
            );
            let mut local = LineCandidates {
                rejected: behind.rejected,
                ..LineCandidates::default()
            };
            local
                .candidates
                .extend(behind.matches.into_iter().map(|matched| Candidate {
                    anchor: matched.range.start,
                    matched,
                }));
            return (local, behind.events);
        }
        let mut pass = LineSearch::new(self, text, trace);
        pass.lines(0..text.bytes.len());
        (pass.local, pass.events)
    }

    /// Searches behind all that is encoded, which is given in order.
    pub(super) fn search_layers(
        &self,
        text: Text,
        encoded: &[EncodedSpan],
        trace: bool,
        budget: &mut Budget,
    ) -> Behind {
        let mut behind = Behind::default();
        let mut done = 0;
        for layer in encoded {
            if layer.at.end <= done {
                continue;
            }
            let mut layer = layer.clone();
            if layer.step == Decoding::Base64 {
                layer.at.end = locate::goes_on(text.bytes, layer.at.clone());
            }
            done = layer.at.end;
            self.search_layer(text, &layer, trace, budget, &mut behind);
        }
        behind
    }

    fn search_layer(
        &self,
        text: Text,
        layer: &EncodedSpan,
        trace: bool,
        budget: &mut Budget,
        behind: &mut Behind,
    ) {
        let raw = &text.bytes[layer.at.clone()];
        let Some(unfolded) =
            (budget.layers > 0 && raw.len() <= budget.bytes).then(|| unfold(raw, layer.step))
        else {
            *behind.rejected.entry("too-many-layers").or_default() += 1;
            return;
        };
        budget.bytes -= raw.len();
        let packed = decode::gzip(&unfolded.bytes).filter(|bytes| bytes.len() <= budget.bytes);
        let bytes = packed.as_deref().unwrap_or(&unfolded.bytes);
        if packed.is_some() {
            budget.bytes -= bytes.len();
        }
        let kind = match layer.step {
            Decoding::Base64 | Decoding::Hex => kind_of(bytes),
            _ => text.kind,
        };
        budget.layers -= 1;
        let inner = Text::new(bytes, kind);
        let (local, events) = self.search_at(inner, trace, budget);
        let inner = self.resolve_text(inner, local, events, trace, budget);
        budget.layers += 1;
        // Nothing less than a whole stream can be unpacked: that is tried once, not for each of its values.
        let stream = packed
            .as_ref()
            .and_then(|_| unfolded.part(raw, 0..unfolded.bytes.len()));
        let outward = |range: &Range<usize>| match &stream {
            Some((place, steps)) => Some((
                place.clone(),
                [steps.as_slice(), &[Decoding::Gzip, part(range)]].concat(),
            )),
            None if packed.is_some() => None,
            None => unfolded.part(raw, range.clone()),
        };
        let shift = |place: Range<usize>| layer.at.start + place.start..layer.at.start + place.end;
        if trace {
            let step = if packed.is_some() {
                Decoding::Gzip
            } else {
                layer.step
            };
            behind.events.push(Event::Layer {
                range: layer.at.clone(),
                step,
                bytes: bytes.len(),
            });
            let place = |range: &Range<usize>| {
                outward(range).map_or(layer.at.clone(), |(place, _)| shift(place))
            };
            // Of words that lead nowhere there may be thousands, and what is told of them is read from the text.
            let told = |event: &Event| {
                !matches!(event, Event::NotAssigned { .. } | Event::OtherName { .. })
            };
            behind.events.extend(
                inner
                    .events
                    .into_iter()
                    .filter(told)
                    .map(|event| event.moved(place)),
            );
        }
        inner
            .rejected
            .into_iter()
            .for_each(|(name, count)| *behind.rejected.entry(name).or_default() += count);
        for mut found in inner.matches {
            let Some((place, mut steps)) = outward(&found.range) else {
                continue;
            };
            steps.append(&mut found.decoding);
            let place = shift(place);
            let raw = &text.bytes[place.clone()];
            if raw == found.value.expose() {
                // Only what stands around it is encoded.
                steps.clear();
            } else if stream.is_none()
                && decode::apply(raw, &steps).as_deref() != Some(found.value.expose())
            {
                // It could not be read again.
                *behind.rejected.entry("not-repeatable").or_default() += 1;
                continue;
            }
            found.range = place;
            found.decoding = steps;
            behind.matches.push(found);
        }
    }
}

/// Of text behind base64 or hex nobody says what it is; assignments without quotes are taken for such where it is no program and
/// no markup.
fn kind_of(bytes: &[u8]) -> FileKind {
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[') => FileKind::Code,
        Some(b'<') => FileKind::Markup,
        _ => FileKind::Config,
    }
}

/// `start` and `end` fit: what is decoded is bounded.
fn part(range: &Range<usize>) -> Decoding {
    Decoding::Part {
        start: range.start as u32,
        end: range.end as u32,
    }
}

impl Unfolded {
    /// The bytes of `raw` of which `range` of what is behind it is made, and the steps that make it.
    fn part(&self, raw: &[u8], range: Range<usize>) -> Option<(Range<usize>, Vec<Decoding>)> {
        let (place, skip) = self.place(range.clone())?;
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

/// What a text is encoded in as a whole: UTF-16, by its mark or by the NUL bytes beside its ASCII letters.
pub(super) fn utf16_of(bytes: &[u8]) -> Option<Decoding> {
    /// Pairs that are looked at where no mark is.
    const LOOKED_AT: usize = 64;
    /// Fewer pairs are too few to tell.
    const LEAST: usize = 8;
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => return None,
        [0xff, 0xfe, ..] => return Some(Decoding::Utf16Le),
        [0xfe, 0xff, ..] => return Some(Decoding::Utf16Be),
        _ => {}
    }
    let pairs = bytes.as_chunks::<2>().0;
    let pairs = &pairs[..pairs.len().min(LOOKED_AT)];
    memchr::memchr(0, pairs.as_flattened())?;
    let text = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let most = |fits: &dyn Fn(&[u8; 2]) -> bool| {
        pairs.iter().filter(|pair| fits(pair)).count() * 8 >= pairs.len() * 7
    };
    if pairs.len() < LEAST {
        None
    } else if most(&|pair| text(pair[0]) && pair[1] == 0) {
        Some(Decoding::Utf16Le)
    } else if most(&|pair| pair[0] == 0 && text(pair[1])) {
        Some(Decoding::Utf16Be)
    } else {
        None
    }
}

/// Where lines of a text in UTF-16 begin, in bytes.
pub fn line_starts(bytes: &[u8], step: Decoding) -> Vec<usize> {
    let end = if step == Decoding::Utf16Be {
        [0, b'\n']
    } else {
        [b'\n', 0]
    };
    let pairs = bytes.as_chunks::<2>().0;
    let after = (1..)
        .zip(pairs)
        .filter(|(_, pair)| **pair == end)
        .map(|(at, _)| 2 * at);
    std::iter::once(0).chain(after).collect()
}

/// Where a match stands as far as others compete for it. Neighbours within base64 may share the characters between them.
pub(super) fn place_of(found: &Match) -> Range<usize> {
    let Range { start, end } = found.range;
    match found.decoding[..] {
        [
            Decoding::Base64,
            Decoding::Part {
                start: skip,
                end: last,
            },
            ..,
        ] if end - start > 8 => {
            let unused = [0, 2, 1][last as usize % 3];
            start + (skip as usize * 8 / 6).min(3)..end - unused
        }
        _ => found.range.clone(),
    }
}

/// Two values of one stream that is packed, of which no part can be told by itself.
pub(super) fn share_a_stream(one: &Match, other: &Match) -> bool {
    let packed = |found: &Match| found.decoding.contains(&Decoding::Gzip);
    one.range == other.range && packed(one) && packed(other) && one.decoding != other.decoding
}

/// Whether twelve bytes look like text: what random bytes do once in a hundred thousand times.
fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(in_text)
        || bytes
            .as_chunks::<2>()
            .0
            .iter()
            .all(|[low, high]| in_text(low) && *high == 0)
        || bytes.starts_with(&GZIP)
}

/// Whether these can be the first three of such bytes.
fn may_be_text(three: [u8; 3]) -> bool {
    let [first, second, third] = &three;
    in_text(first) && in_text(third) && (in_text(second) || *second == 0) || three == GZIP
}

fn in_text(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

/// What gzip begins with (RFC 1952): two bytes that say so, and deflate.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
