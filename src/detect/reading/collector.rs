//! Collects the value of an expression, and the way back from the value to the text.

use std::ops::Range;

use zeroize::Zeroizing;

use super::unit::Unit;
use crate::finding::{Certainty, Decoding, Doubt, Escapes, Syntax};
use crate::steps;

/// An expression as its reader reads it. Ranges are bytes of the text unless they are said to be of the value.
pub(in crate::detect) struct Reading {
    /// The expression, with its quotes and joins. A reader that begins here reads the same value.
    pub range: Range<usize>,
    /// The value, without interpolated parts.
    pub value: Zeroizing<Vec<u8>>,
    /// The literals of the expression, in order; at least one.
    pub literals: Vec<Literal>,
    /// The parts of the value, in order, which cover it.
    pub segments: Vec<Segment>,
    /// Whether every reader reads this value.
    pub certainty: Certainty,
}

/// Without the value, which no message may have.
impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading")
            .field("range", &self.range)
            .field("length", &self.value.len())
            .field("certainty", &self.certainty)
            .finish()
    }
}

impl Reading {
    /// The bytes of the text that a range of the value is made of, and the steps that make it. `None` for an empty
    /// range.
    pub fn source_of(
        &self,
        range: &Range<usize>,
        syntax: Syntax,
    ) -> Option<(Range<usize>, Vec<Decoding>)> {
        let first = self.segment_at(range.start)?;
        let last = self.segment_at(range.end.checked_sub(1)?)?;
        let (head, tail) = (&self.segments[first], &self.segments[last]);
        let start = match head.is_verbatim {
            true => head.raw.start + range.start - head.value.start,
            false => head.raw.start,
        };
        let end = match tail.is_verbatim {
            true => tail.raw.end - (tail.value.end - range.end),
            false => tail.raw.end,
        };
        if first == last && head.is_verbatim {
            return Some((start..end, Vec::new()));
        }
        let within = |literal: &&Literal| {
            literal.value.start <= range.start && range.end <= literal.value.end
        };
        let literal = self.literals.iter().find(within);
        let (place, step, from) = match literal.and_then(|literal| literal.escapes) {
            // The first unit may yield bytes before the range.
            Some(escapes) => {
                let from = if head.is_verbatim {
                    range.start
                } else {
                    head.value.start
                };
                (start..end, Decoding::Escapes(escapes), from)
            }
            None => (self.range.clone(), Decoding::Expression(syntax), 0),
        };
        let until = match step {
            Decoding::Escapes(_) if !tail.is_verbatim => tail.value.end,
            Decoding::Escapes(_) => range.end,
            _ => self.value.len(),
        };
        let part = Decoding::Part {
            start: (range.start - from) as u32,
            end: (range.end - from) as u32,
        };
        let is_whole = from == range.start && until == range.end;
        let steps = if is_whole {
            vec![step]
        } else {
            vec![step, part]
        };
        Some((place, steps))
    }

    /// The part of the value that these bytes of the text yield. `None` if the value lacks some of them, or if they
    /// begin or end within an escape.
    pub fn value_of(&self, raw: &Range<usize>) -> Option<Range<usize>> {
        let first = self
            .segments
            .partition_point(|segment| segment.raw.end <= raw.start);
        let offset = |segment: &Segment, at: usize| match segment.is_verbatim {
            true => Some(segment.value.start + (at - segment.raw.start)),
            false if at == segment.raw.start => Some(segment.value.start),
            false if at == segment.raw.end => Some(segment.value.end),
            false => None,
        };
        let head = self
            .segments
            .get(first)
            .filter(|head| head.raw.start <= raw.start)?;
        let start = offset(head, raw.start)?;
        let mut last = first;
        while self.segments[last].raw.end < raw.end {
            last += 1;
            // Bytes between two segments belong to no value: quotes, or a variable.
            let next = self.segments.get(last)?;
            if next.raw.start != self.segments[last - 1].raw.end {
                return None;
            }
        }
        let end = offset(&self.segments[last], raw.end)?;
        (start < end).then_some(start..end)
    }

    /// The certainty of a part of the value. The doubt about the whole may be about other parts.
    pub fn certainty_of(&self, part: &Range<usize>) -> Certainty {
        match self.certainty {
            Certainty::Exact | Certainty::TooLong => Certainty::Exact,
            Certainty::InParts if !self.borders_on_gap(part) => Certainty::Exact,
            // Another part has the escape. Other doubts are about the literal as a whole.
            Certainty::Doubtful(Doubt::UnknownEscape) if self.is_one_segment(part) => {
                Certainty::Exact
            }
            certainty => certainty,
        }
    }

    /// Whether a part of the value has bytes on either side, or within, that the text does not have: those of a
    /// variable. A literal may be joined to one.
    fn borders_on_gap(&self, part: &Range<usize>) -> bool {
        let ends_literal =
            |literal: &Literal| part.start <= literal.value.start || part.end >= literal.value.end;
        let around =
            |literal: &&Literal| literal.value.start <= part.start && part.end <= literal.value.end;
        let is_whole = |pair: &[Segment]| {
            pair[0].value.end < part.start
                || pair[1].value.start > part.end
                || pair[0].raw.end == pair[1].raw.start
        };
        self.literals.iter().find(around).is_none_or(ends_literal)
            || !self.segments.windows(2).all(is_whole)
    }

    fn is_one_segment(&self, part: &Range<usize>) -> bool {
        self.segments.iter().any(|segment| {
            segment.is_verbatim
                && segment.value.start <= part.start
                && part.end <= segment.value.end
        })
    }

    /// Whether the bytes of the text in a range are bytes of the value as they are.
    pub fn is_verbatim(&self, raw: &Range<usize>) -> bool {
        let after = self
            .segments
            .partition_point(|segment| segment.raw.end < raw.end);
        let segment = self.segments.get(after);
        segment.is_some_and(|segment| segment.is_verbatim && segment.raw.start <= raw.start)
    }

    /// The number of the segment that has this byte of the value.
    fn segment_at(&self, at: usize) -> Option<usize> {
        let number = self
            .segments
            .partition_point(|segment| segment.value.end <= at);
        (number < self.segments.len()).then_some(number)
    }
}

/// A literal of an expression: a quoted string, a block, a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect) struct Literal {
    /// The literal with its prefix and quotes.
    pub whole: Range<usize>,
    /// The bytes between the quotes.
    pub content: Range<usize>,
    /// The escapes of the content, if it may have any. `None` for raw literals, and for those whose content
    /// depends on more than its units: blocks of which the indentation is removed.
    pub escapes: Option<Escapes>,
    /// The part of the value that the literal yields, in bytes of the value.
    pub value: Range<usize>,
}

/// A part of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect) struct Segment {
    /// The part, in bytes of the value.
    pub value: Range<usize>,
    /// The bytes of the text that yield it.
    pub raw: Range<usize>,
    /// Whether the value has the bytes of the text as they are.
    pub is_verbatim: bool,
}

/// The reason for which there is no reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Stop {
    /// No literal of the syntax begins here.
    NoLiteral,
    /// The text ends before the expression does.
    Unfinished,
    /// The value has more bytes than [`Collector::MOST`].
    TooLong,
}

/// Collects one expression. A reader calls [`Self::open`], then [`Self::keep`], [`Self::yields`] and [`Self::unit`] for
/// the content from left to right, then [`Self::close`]; and the same again for each further literal that is joined.
#[derive(Default)]
pub(in crate::detect) struct Collector {
    value: Zeroizing<Vec<u8>>,
    literals: Vec<Literal>,
    segments: Vec<Segment>,
    certainty: Certainty,
}

impl Collector {
    /// The longest value that is read, in bytes. It is far more than a secret may have, so that a value that is too
    /// long can be reported as a whole.
    pub const MOST: usize = 1 << 20;

    /// Begins a literal at `start`, whose content begins at `content`.
    pub fn open(&mut self, start: usize, content: usize, escapes: Option<Escapes>) {
        let at = self.value.len();
        self.literals.push(Literal {
            whole: start..content,
            content: content..content,
            escapes,
            value: at..at,
        });
    }

    /// Adds bytes of the text as they are.
    ///
    /// # Errors
    /// The value becomes too long.
    pub fn keep(&mut self, text: &[u8], raw: Range<usize>) -> Result<(), Stop> {
        if raw.is_empty() {
            return Ok(());
        }
        let value = self.add(&text[raw.clone()])?;
        match self.segments.last_mut() {
            Some(last) if last.is_verbatim && last.raw.end == raw.start => {
                (last.raw.end, last.value.end) = (raw.end, value.end);
            }
            _ => self.segments.push(Segment {
                value,
                raw,
                is_verbatim: true,
            }),
        }
        Ok(())
    }

    /// Adds the bytes that other bytes of the text yield.
    ///
    /// # Errors
    /// The value becomes too long.
    pub fn yields(&mut self, raw: Range<usize>, bytes: &[u8]) -> Result<(), Stop> {
        let value = self.add(bytes)?;
        self.segments.push(Segment {
            value,
            raw,
            is_verbatim: false,
        });
        Ok(())
    }

    /// Adds the unit at `at`, and returns the offset behind it.
    ///
    /// # Errors
    /// The value becomes too long.
    pub fn unit(&mut self, text: &[u8], at: usize, unit: Unit) -> Result<usize, Stop> {
        let end = at + unit.length();
        match unit {
            Unit::Verbatim(_) => self.keep(text, at..end)?,
            Unit::Escape { bytes, .. } => self.yields(at..end, bytes.as_slice())?,
            Unit::Unknown(_) => {
                self.doubt(Doubt::UnknownEscape);
                self.keep(text, at..end)?;
            }
            Unit::Interpolation(_) => self.interpolation(),
        }
        Ok(end)
    }

    /// Ends the literal: its content ends at `content`, and its closing quote at `end`.
    pub fn close(&mut self, content: usize, end: usize) {
        let at = self.value.len();
        if let Some(last) = self.literals.last_mut() {
            (last.content.end, last.whole.end, last.value.end) = (content, end, at);
        }
    }

    /// Another reader may read another value.
    pub fn doubt(&mut self, doubt: Doubt) {
        if self.certainty == Certainty::Exact {
            self.certainty = Certainty::Doubtful(doubt);
        }
    }

    /// A part of the value is not in the text.
    pub fn interpolation(&mut self) {
        self.certainty = Certainty::InParts;
    }

    /// The reading of the expression, which begins with its first literal or with a bracket before it, and ends at
    /// `end`.
    pub fn into_reading(mut self, start: usize, end: usize) -> Reading {
        /// The longest value of AWS Secrets Manager, in bytes.
        const LONGEST_SECRET: usize = 65_536;
        if self.value.len() > LONGEST_SECRET {
            self.certainty = Certainty::TooLong;
        }
        Reading {
            range: start..end,
            value: self.value,
            literals: self.literals,
            segments: self.segments,
            certainty: self.certainty,
        }
    }

    /// The value so far.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// Adds bytes to the value, and returns their place in it.
    fn add(&mut self, bytes: &[u8]) -> Result<Range<usize>, Stop> {
        let start = self.value.len();
        steps::count(bytes.len());
        if start + bytes.len() > Self::MOST {
            return Err(Stop::TooLong);
        }
        self.value.extend_from_slice(bytes);
        Ok(start..self.value.len())
    }
}
