//! Reads the value of a match as the reader of its file does. A line shows where a value begins; only the whole text
//! shows where it ends.

use std::ops::Range;

use super::candidate::Match;
use super::decode;
use super::formats::ValueSite;
use super::line_quotes::LineQuotes;
use super::reading::{self, Reading, Stop};
use super::searched_text::Text;
use super::text_place::is_within_text;
use crate::finding::{Certainty, Decoding, Doubt, Syntax};
use crate::secret::SecretValue;

/// A value as the reader of its file reads it.
pub(super) struct ReadValue {
    /// The bytes of the text that it is made of.
    pub range: Range<usize>,
    /// The steps that make the value of these bytes.
    pub decoding: Vec<Decoding>,
    /// The value.
    pub value: SecretValue,
    /// Whether every reader reads this value.
    pub certainty: Certainty,
}

/// The outcome of reading a value again, with the whole text.
pub(super) enum Reread {
    /// What the line showed is the value, or no reader knows it better.
    Same(Certainty),
    /// The reader reads another value, or the same one of other bytes.
    Other(ReadValue),
    /// The value is longer than any that is read.
    TooLong,
}

/// Reads the value at a site. `range` are the bytes that the line showed, and `tail` the steps that the format of the
/// file adds to the reading, such as base64.
pub(super) fn read_value(
    text: Text,
    site: ValueSite,
    range: &Range<usize>,
    tail: &[Decoding],
) -> Reread {
    let mut read = read_by_site(text, site, range, tail);
    let (certainty, raw) = match &mut read {
        Reread::Same(certainty) => (certainty, range.clone()),
        Reread::Other(read) => (&mut read.certainty, read.range.clone()),
        Reread::TooLong => return read,
    };
    let special = |byte: &u8| matches!(byte, b'\\' | b'$' | b'%' | b'`' | b'#' | b'"' | b'\'');
    if *certainty == Certainty::Exact
        && let ValueSite::Expression(start) | ValueSite::Word(start) | ValueSite::Markup(start) =
            site
        && !raw.is_empty()
        && text.bytes[raw].iter().any(special)
        && is_within_text(text, start)
    {
        // The syntax of the inner text decides what these characters mean.
        *certainty = Certainty::Doubtful(Doubt::Surroundings);
    }
    read
}

/// Reads the value at a site by the syntax of the file.
fn read_by_site(text: Text, site: ValueSite, range: &Range<usize>, tail: &[Decoding]) -> Reread {
    let (start, syntax) = match site {
        ValueSite::Expression(start) => (start, text.syntax),
        ValueSite::Markup(start) => (start, Syntax::Xml),
        ValueSite::Word(start) if is_command_language(text.syntax) => (start, Syntax::Shell),
        // Its reader reads `"NAME=value"` from the value on.
        ValueSite::Part if text.syntax == Syntax::Systemd => (range.start, text.syntax),
        ValueSite::Word(_) | ValueSite::Part => return read_part(text, range, tail),
    };
    // Some readers of INI know three quotes, and others know no quotes at all.
    if syntax == Syntax::Ini && text.bytes[start..].starts_with(b"\"\"\"") {
        return Reread::Same(Certainty::Doubtful(Doubt::Quoting));
    }
    match reading::read(text.bytes, start, syntax) {
        Ok(reading) if reading.certainty == Certainty::InParts => Reread::Same(Certainty::InParts),
        Ok(reading) => of_reading(text, reading, syntax, tail),
        Err(Stop::NoLiteral) => Reread::Same(certainty_as_written(text, range)),
        Err(Stop::Unfinished) => Reread::Same(Certainty::Doubtful(Doubt::Unfinished)),
        Err(Stop::TooLong) => Reread::TooLong,
    }
}

/// Whether words of commands are read as those of a shell.
fn is_command_language(syntax: Syntax) -> bool {
    matches!(syntax, Syntax::Shell | Syntax::Dockerfile | Syntax::Script)
}

fn of_reading(text: Text, reading: Reading, syntax: Syntax, tail: &[Decoding]) -> Reread {
    let whole = 0..reading.value.len();
    let Some((range, mut decoding)) = reading.source_of(&whole, syntax) else {
        // An empty value is none.
        return Reread::Same(Certainty::Doubtful(Doubt::Quoting));
    };
    decoding.extend_from_slice(tail);
    match decode::apply(&text.bytes[range.clone()], &decoding) {
        Some(value) => Reread::Other(ReadValue {
            range,
            decoding,
            value: SecretValue::new(value),
            certainty: reading.certainty,
        }),
        None => Reread::Same(Certainty::Doubtful(Doubt::Quoting)),
    }
}

/// The certainty of a value that is taken as it is written, in a syntax without a reader.
fn certainty_as_written(text: Text, range: &Range<usize>) -> Certainty {
    let is_plain = !text.bytes[range.clone()].contains(&b'\\');
    if is_plain || text.syntax == Syntax::Prose {
        Certainty::Exact
    } else {
        Certainty::Doubtful(Doubt::Quoting)
    }
}

/// Reads a part of a string, or of a line without a syntax.
fn read_part(text: Text, range: &Range<usize>, tail: &[Decoding]) -> Reread {
    let special = |byte: &u8| matches!(byte, b'\\' | b'$' | b'%' | b'`');
    // The line shows no end behind an escape.
    let ends_in_escape = text.bytes.get(range.end) == Some(&b'\\');
    if !ends_in_escape && !text.bytes[range.clone()].iter().any(special) {
        return Reread::Same(Certainty::Exact);
    }
    let read = (!ends_in_escape)
        .then(|| part_of_literal(text, range, tail))
        .flatten();
    match read {
        Some(read) => Reread::Other(read),
        None => Reread::Same(Certainty::Doubtful(Doubt::Surroundings)),
    }
}

/// Reads a part of a literal that begins on the same line. `None` if there is none, or if the reader does not read
/// all bytes of the part.
fn part_of_literal(text: Text, range: &Range<usize>, tail: &[Decoding]) -> Option<ReadValue> {
    let mut quotes = LineQuotes::of_line(text.bytes, range.start);
    quotes.read_to(text.bytes, range.start);
    let (start, _) = quotes.open?;
    let reading = reading::read(text.bytes, start, text.syntax).ok()?;
    let value = reading.value_of(range)?;
    let (place, mut decoding) = reading.source_of(&value, text.syntax)?;
    decoding.extend_from_slice(tail);
    let certainty = match reading.certainty {
        // The part itself has been read whole.
        Certainty::InParts => Certainty::Exact,
        certainty => certainty,
    };
    Some(ReadValue {
        value: SecretValue::new(decode::apply(&text.bytes[place.clone()], &decoding)?),
        range: place,
        decoding,
        certainty,
    })
}

/// Reads the values of matches that were read by their lines alone. False for a match whose value is too long.
pub(super) fn read_match(text: Text, found: &mut Match) -> bool {
    let Some(site) = found.site.take() else {
        return true;
    };
    // The reading takes the place of the steps that the notation of a line suggests. Those of the format stay: base64,
    // and the percent signs of a URI.
    let is_notation = |step: &Decoding| {
        matches!(
            step,
            Decoding::Backslash | Decoding::Doubled | Decoding::HtmlEntities
        )
    };
    let notation = found.decoding.iter().take_while(|step| is_notation(step));
    let tail = found.decoding[notation.count()..].to_vec();
    match read_value(text, site, &found.range, &tail) {
        Reread::Same(certainty) => found.certainty = certainty,
        Reread::TooLong => return false,
        Reread::Other(read) => {
            found.range = read.range;
            found.decoding = read.decoding;
            found.value = read.value;
            found.certainty = read.certainty;
        }
    }
    true
}
