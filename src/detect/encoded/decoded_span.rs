//! An encoded span with its decoded text, and the way back from values to the bytes of the file.

use std::ops::Range;

use super::source_map::{MappedBytes, decode_mapped, part};
use crate::detect::candidate::EncodedSpan;
use crate::detect::decode::{self, GzipError};
use crate::detect::file_kind::FileKind;
use crate::detect::reading::{self, Collector, Literal, Reading, Stop};
use crate::detect::searched_text::Text;
use crate::finding::{Certainty, Decoding, Syntax};
use crate::steps;

/// Encodings within encodings that are decoded at most.
const MAX_DEPTH: u8 = 3;

/// The bytes in which an end of a literal is searched in vain, and which cost as much as one decoded byte: they are not
/// searched for values.
const END_SEARCH: usize = 8;

/// The amount of decoding that a text may still cause. All decoded bytes together are a small
/// multiple of the text's own, so that a hostile text cannot make a scan slow.
pub(in crate::detect) struct Budget {
    depth: u8,
    bytes: usize,
}

/// The reason for which a span is not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum SpanError {
    /// Too many encodings lie around it.
    TooDeep,
    /// Too much was decoded from the text before it.
    TooMuch,
    /// The reader of the file reads no text there.
    NoText,
}

impl Budget {
    /// The budget of a text: four times its length and 64 KiB, three encodings deep.
    pub(in crate::detect) fn of(text: &[u8]) -> Self {
        let bytes = text.len().saturating_mul(4).saturating_add(64 * 1024);
        Self {
            depth: MAX_DEPTH,
            bytes,
        }
    }

    /// Takes bytes that are decoded.
    ///
    /// # Errors
    /// [`SpanError::TooMuch`]: fewer are left. They stay.
    fn spend(&mut self, bytes: usize) -> Result<(), SpanError> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(SpanError::TooMuch)?;
        Ok(())
    }

    /// Goes one encoding deeper.
    pub(in crate::detect) fn enter(&mut self) {
        self.depth -= 1;
    }

    /// Comes back from one encoding.
    pub(in crate::detect) fn leave(&mut self) {
        self.depth += 1;
    }
}

/// An encoded span of a text, decoded.
pub(in crate::detect) struct DecodedSpan<'t> {
    source: Text<'t>,
    span: EncodedSpan,
    mapped: Mapped,
    gzip: Option<GzipStream>,
}

/// The text of a span, with the way back to the source.
enum Mapped {
    /// Of an encoding without a reader.
    Bytes(MappedBytes),
    /// Of an expression.
    Reading(Reading, Syntax),
}

impl Mapped {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(mapped) => &mapped.bytes,
            Self::Reading(reading, _) => &reading.value,
        }
    }
}

/// A gzip stream behind an encoding.
struct GzipStream {
    unpacked: Vec<u8>,
    /// The bytes of the span that the stream is made of, and the steps that make it. A part of a
    /// stream cannot be unpacked by itself, so all values in it share these.
    source: Option<(Range<usize>, Vec<Decoding>)>,
}

impl<'t> DecodedSpan<'t> {
    /// Decodes a span, and unpacks it if it is a gzip stream.
    ///
    /// # Errors
    /// The budget is spent.
    pub(in crate::detect) fn decode(
        source: Text<'t>,
        span: EncodedSpan,
        budget: &mut Budget,
    ) -> Result<Self, SpanError> {
        if budget.depth == 0 {
            return Err(SpanError::TooDeep);
        }
        if let Decoding::Expression(syntax) = span.step {
            return Self::read(source, span.range.start, syntax, budget);
        }
        let raw = &source.bytes[span.range.clone()];
        budget.spend(raw.len())?;
        steps::count(raw.len());
        let mapped = decode_mapped(raw, span.step);
        let unpacked = match decode::gzip_within(&mapped.bytes, budget.bytes) {
            Ok(unpacked) => Some(unpacked),
            Err(GzipError::Damaged) => None,
            Err(GzipError::TooLarge) => return Err(SpanError::TooMuch),
        };
        let gzip = unpacked.map(|unpacked| {
            budget.bytes -= unpacked.len();
            let source = mapped.source_and_steps(raw, 0..mapped.bytes.len());
            GzipStream { unpacked, source }
        });
        Ok(Self {
            source,
            span,
            mapped: Mapped::Bytes(mapped),
            gzip,
        })
    }

    /// Reads the expression that begins at `start`.
    fn read(
        source: Text<'t>,
        start: usize,
        syntax: Syntax,
        budget: &mut Budget,
    ) -> Result<Self, SpanError> {
        let reading = match reading::read(source.bytes, start, syntax) {
            Ok(reading) => reading,
            Err(Stop::NoLiteral) => return Err(SpanError::NoText),
            Err(Stop::Unfinished | Stop::TooLong) => {
                let looked_at = (source.bytes.len() - start).min(Collector::MOST);
                steps::count(looked_at / END_SEARCH);
                budget.spend(looked_at / END_SEARCH)?;
                return Err(SpanError::NoText);
            }
        };
        let length = reading.range.len();
        steps::count(length);
        budget.spend(length)?;
        let step = Decoding::Expression(syntax);
        Ok(Self {
            source,
            span: EncodedSpan {
                range: reading.range.clone(),
                step,
            },
            mapped: Mapped::Reading(reading, syntax),
            gzip: None,
        })
    }

    /// The decoded text.
    pub(in crate::detect) fn text(&self) -> Text<'_> {
        let bytes = self.bytes();
        let syntax = match self.span.step {
            Decoding::Base64 | Decoding::Hex => kind_of_decoded(bytes).into(),
            Decoding::Expression(_) => syntax_of_string(bytes),
            _ => self.source.syntax,
        };
        Text::new(bytes, syntax)
    }

    /// The encoded span, in bytes of the source.
    pub(in crate::detect) fn range(&self) -> Range<usize> {
        self.span.range.clone()
    }

    /// The last step of decoding.
    pub(in crate::detect) fn last_step(&self) -> Decoding {
        match self.gzip {
            Some(_) => Decoding::Gzip,
            None => self.span.step,
        }
    }

    /// Whether this range of the source is a part of a literal whose text was decoded.
    pub(in crate::detect) fn contains(&self, range: &Range<usize>) -> bool {
        self.literal_around(range).is_some()
    }

    /// The certainty of a value in the decoded text, as far as the decoding decides it.
    pub(in crate::detect) fn certainty_of(&self, range: &Range<usize>) -> Certainty {
        match &self.mapped {
            Mapped::Bytes(_) => Certainty::Exact,
            Mapped::Reading(reading, _) => reading.certainty_of(range),
        }
    }

    /// The literal that this range of the source is a part of, but not the whole.
    fn literal_around(&self, range: &Range<usize>) -> Option<(&Reading, &Literal)> {
        let Mapped::Reading(reading, _) = &self.mapped else {
            return None;
        };
        let within = |literal: &&Literal| {
            literal.content.start <= range.start
                && range.end <= literal.content.end
                && literal.content != *range
        };
        Some((reading, reading.literals.iter().find(within)?))
    }

    /// Whether a value at this range of the source is a part of the decoded text that has escapes, or that ends at
    /// one: the decoded text has the value as its reader reads it.
    pub(in crate::detect) fn supersedes(&self, range: &Range<usize>) -> bool {
        let Some((reading, literal)) = self.literal_around(range) else {
            return false;
        };
        // A value of the outer text ends before an escape, which the decoded text reads.
        let longer = range.start..range.end + usize::from(range.end < literal.content.end);
        !reading.is_verbatim(&longer)
    }

    /// Whether the decoded text has a value at this range of the source as the source has it, and behind it white
    /// space or a quote, which belong to no token.
    pub(in crate::detect) fn ends_apart(&self, range: &Range<usize>) -> bool {
        self.literal_around(range).is_some_and(|(reading, _)| {
            let value = reading.value_of(range);
            let next = value.map(|value| reading.value.get(value.end));
            reading.is_verbatim(range)
                && next.is_some_and(|next| {
                    next.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\''))
                })
        })
    }

    /// Whether the decoded text comes from a gzip stream.
    pub(in crate::detect) fn is_gzip(&self) -> bool {
        self.gzip.is_some()
    }

    /// The bytes of the source that a range of the decoded text is made of, and the steps that make
    /// it.
    pub(in crate::detect) fn source_of(
        &self,
        range: &Range<usize>,
    ) -> Option<(Range<usize>, Vec<Decoding>)> {
        let raw = &self.source.bytes[self.span.range.clone()];
        let (place, steps) = match &self.gzip {
            Some(stream) => {
                let (place, steps) = stream.source.as_ref()?;
                let steps = [steps.as_slice(), &[Decoding::Gzip, part(range)]].concat();
                (place.clone(), steps)
            }
            None => match &self.mapped {
                Mapped::Bytes(mapped) => mapped.source_and_steps(raw, range.clone())?,
                Mapped::Reading(reading, syntax) => return reading.source_of(range, *syntax),
            },
        };
        let start = self.span.range.start;
        Some((start + place.start..start + place.end, steps))
    }

    fn bytes(&self) -> &[u8] {
        match &self.gzip {
            Some(stream) => &stream.unpacked,
            None => self.mapped.bytes(),
        }
    }
}

/// The syntax of a text within a string.
fn syntax_of_string(bytes: &[u8]) -> Syntax {
    match bytes.trim_ascii_start() {
        [b'{' | b'[', ..] => Syntax::Json,
        [b'<', ..] => Syntax::Xml,
        [b'#', b'!', ..] => Syntax::Shell,
        _ => Syntax::Settings,
    }
}

/// The kind of file that text behind base64 or hex is read as, since no name says it. A program or
/// markup is recognised by its first byte; in all else, values without quotes count as assigned.
fn kind_of_decoded(bytes: &[u8]) -> FileKind {
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[') => FileKind::Code,
        Some(b'<') => FileKind::Markup,
        _ => FileKind::Config,
    }
}
