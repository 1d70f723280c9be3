//! Maps the matches of a decoded text to the bytes of its source, from which the import reads their values again.

use std::ops::Range;

use zeroize::Zeroizing;

use super::candidate::Match;
use super::decode;
use super::encoded::DecodedSpan;
use super::searched_text::Text;
use crate::finding::Decoding;
use crate::steps;

/// A match of a decoded text, mapped to the source.
pub(super) enum Source {
    /// The match, with its place in the source.
    Found(Match),
    /// The bytes that the value is made of are not known.
    Unknown,
    /// The bytes and steps of the value give another value.
    NotRepeatable,
}

/// Maps matches of one decoded text to the source.
#[derive(Default)]
pub(super) struct SourceReader {
    /// The compressed stream of the last value that came from one: its other values come next.
    stream: Option<UnpackedStream>,
}

/// A compressed stream that was decompressed.
struct UnpackedStream {
    /// Its bytes in the source.
    place: Range<usize>,
    /// The steps up to its decompression.
    steps: Vec<Decoding>,
    /// `None` if the steps do not fit the bytes.
    content: Option<Zeroizing<Vec<u8>>>,
}

impl SourceReader {
    /// Maps a match of a decoded text to the bytes of the source, and checks that the same value
    /// can be read again from there.
    #[expect(
        clippy::disallowed_methods,
        reason = "a value in an encoded text is located in the source"
    )]
    pub fn in_source(&mut self, text: Text, decoded: &DecodedSpan, mut found: Match) -> Source {
        let Some((place, mut steps)) = decoded.source_of(&found.range) else {
            return Source::Unknown;
        };
        steps.append(&mut found.decoding);
        found.certainty = found.certainty.max(decoded.certainty_of(&found.range));
        if text.bytes[place.clone()] == *found.value.expose() {
            // Here only the surroundings of the value are encoded, not the value itself.
            steps.clear();
        } else if !decoded.is_gzip() && !self.repeats(text, &place, &steps, found.value.expose()) {
            // A gzip stream is not decompressed again for its values: `DecodedSpan` did that.
            return Source::NotRepeatable;
        }
        found.range = place;
        found.decoding = steps;
        Source::Found(found)
    }

    /// Whether the bytes at a place give a value. A compressed stream is decompressed once for all
    /// of its values.
    fn repeats(
        &mut self,
        text: Text,
        place: &Range<usize>,
        steps: &[Decoding],
        value: &[u8],
    ) -> bool {
        let raw = &text.bytes[place.clone()];
        let Some(last) = steps.iter().rposition(|step| *step == Decoding::Gzip) else {
            steps::count(raw.len());
            return decode::apply(raw, steps).as_deref() == Some(value);
        };
        let (unpacking, rest) = steps.split_at(last + 1);
        let is_same = self
            .stream
            .as_ref()
            .is_some_and(|stream| stream.place == *place && stream.steps == unpacking);
        if !is_same {
            steps::count(raw.len());
            let content = decode::apply(raw, unpacking).map(Zeroizing::new);
            self.stream = Some(UnpackedStream {
                place: place.clone(),
                steps: unpacking.to_vec(),
                content,
            });
        }
        let content = self
            .stream
            .as_ref()
            .and_then(|stream| stream.content.as_ref());
        // The first step takes the value out of the content.
        let part = content.and_then(|content| match rest {
            [Decoding::Part { start, end }, rest @ ..] => {
                let part = content.get(*start as usize..*end as usize)?;
                decode::apply(part, rest)
            }
            _ => decode::apply(content, rest),
        });
        part.as_deref() == Some(value)
    }
}
