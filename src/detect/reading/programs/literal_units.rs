//! Reads the content of a literal unit by unit.

use std::ops::Range;

use super::super::{Collector, Stop, Unit};
use super::escape_units;
use super::literal_form::{LineEnds, Units};
use crate::finding::Escapes;

impl Units {
    /// The escapes, if the content can be read unit by unit.
    pub fn escapes(self) -> Option<Escapes> {
        match self {
            Units::Escaped(escapes) => Some(escapes),
            _ => None,
        }
    }

    /// The unit at the beginning of `rest`, which is not empty.
    pub fn unit(self, rest: &[u8]) -> Unit {
        match self {
            Units::Escaped(escapes) => escape_units::unit(rest, escapes),
            Units::Raw(LineEnds::Kept) => Unit::Verbatim(rest.len()),
            Units::Raw(line_ends) => match rest[0] {
                b'\r' => line_ends.unit(rest),
                _ => Unit::Verbatim(memchr::memchr(b'\r', rest).unwrap_or(rest.len())),
            },
            Units::Delimited(open, close) => match rest {
                [b'\\', next, ..] if [b'\\', open, close].contains(next) => Unit::byte(2, *next),
                [b'\r', ..] => super::escape_digits::doubtful_line_end(rest),
                _ => super::escape_digits::plain(rest, b"\\\r"),
            },
            Units::Custom(unit) => unit(rest),
        }
    }
}

impl LineEnds {
    /// The line end at the beginning of `rest`, which is a carriage return.
    fn unit(self, rest: &[u8]) -> Unit {
        match self {
            LineEnds::Kept => Unit::Verbatim(1),
            LineEnds::LineFeed => super::escape_digits::line_feed(rest),
            LineEnds::Removed => Unit::nothing(1),
            LineEnds::Doubtful => super::escape_digits::doubtful_line_end(rest),
        }
    }
}

/// Adds the units of a part of the text.
///
/// # Errors
/// The value becomes too long.
pub(super) fn emit(
    text: &[u8],
    part: Range<usize>,
    units: Units,
    out: &mut Collector,
) -> Result<(), Stop> {
    let mut at = part.start;
    while at < part.end {
        at = out.unit(text, at, units.unit(&text[at..part.end]))?;
    }
    Ok(())
}
