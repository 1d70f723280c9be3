//! Reads the value of a match as the reader of its file does. A line shows where a value begins; only the whole text
//! shows where it ends.

use std::ops::Range;

use super::candidate::Match;
use super::decode;
use super::form_field;
use super::formats::{ValueSite, cookie, jaas};
use super::line_quotes::LineQuotes;
use super::reading::{self, Collector, Reading, Stop};
use super::searched_text::Text;
use super::text_places::TextPlaces;
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

/// Reads the values of one text.
pub(super) struct ValueReader<'a, 't> {
    /// The text.
    pub text: Text<'t>,
    /// The places of the text that are within another text.
    pub places: &'a TextPlaces<'t>,
    /// The bytes that were read.
    pub read: usize,
}

impl ValueReader<'_, '_> {
    /// Reads the value at a site. `range` are the bytes that the line showed, and `tail` the steps that the format of
    /// the file adds to the reading, such as base64.
    pub fn read(&mut self, site: ValueSite, range: &Range<usize>, tail: &[Decoding]) -> Reread {
        let mut reread = self.read_by_site(site, range, tail);
        // A text within this one goes on where a word of this one ends.
        if let (Reread::Other(read), ValueSite::Expression(start)) = (&reread, site)
            && read.range.end < range.end
            && self.places.is_within_text(start)
        {
            reread = Reread::Same(Certainty::Doubtful(Doubt::Surroundings));
        }
        if let Some(read) = self.open_in_text(site, range, &reread, tail) {
            reread = Reread::Other(read);
        }
        reread
    }

    /// The certainty of a value that was read at a site, from these bytes. A program is read for it up to its end, so it
    /// is asked for when nothing else rejects the value.
    pub fn certainty_within_text(
        &self,
        site: ValueSite,
        raw: &Range<usize>,
        certainty: Certainty,
    ) -> Certainty {
        let special = |byte: &u8| matches!(byte, b'\\' | b'$' | b'%' | b'`' | b'#' | b'"' | b'\'');
        let bytes = self.text.bytes;
        let may_differ = || {
            let before = raw.start.checked_sub(1).map(|before| bytes[before]);
            let is_quoted = before.is_some_and(|quote| b"\"'`".contains(&quote))
                && bytes.get(raw.end).copied() == before;
            let end = raw.end + usize::from(is_quoted);
            end_doubt(bytes, end).is_some() || bytes[raw.clone()].iter().any(special)
        };
        match site {
            ValueSite::Expression(start) | ValueSite::Word(start) | ValueSite::Markup(start)
                if certainty == Certainty::Exact
                    && may_differ()
                    && self.places.is_within_text(start) =>
            {
                // The syntax of the inner text decides what these characters mean.
                Certainty::Doubtful(Doubt::Surroundings)
            }
            _ => certainty,
        }
    }

    /// Reads `NAME='…'` as shells and `.env` files do if it goes on over lines or behind the closing quote, where the
    /// reader of the file reads nothing, a part, or folds the lines: in a text that may be of either kind.
    fn open_in_text(
        &mut self,
        site: ValueSite,
        range: &Range<usize>,
        reread: &Reread,
        tail: &[Decoding],
    ) -> Option<ReadValue> {
        let Text { bytes, syntax, .. } = self.text;
        let ValueSite::Expression(start) = site else {
            return None;
        };
        // Something directly behind the closing quote: `'a'\''b'`, `'a\'b'`.
        let goes_on = |end: usize| {
            let end = end + usize::from(bytes.get(end) == bytes.get(start));
            let is_of_word =
                |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'\\' | b'\'' | b'"');
            bytes.get(end).is_some_and(is_of_word)
        };
        let is_open = match reread {
            Reread::Same(_) => range.is_empty() || goes_on(range.end),
            Reread::Other(read) => {
                let has_lines = memchr::memchr(b'\n', &bytes[read.range.clone()]).is_some();
                has_lines || goes_on(read.range.end)
            }
            Reread::TooLong => false,
        };
        let is_variable = start > 0 && bytes[start - 1] == b'=';
        let is_quote = matches!(bytes.get(start), Some(b'\'' | b'"'));
        if !(is_open && is_variable && is_quote) {
            return None;
        }
        let is_known = !matches!(syntax, Syntax::Settings | Syntax::Unknown);
        if is_known && !self.places.is_within_text(start) {
            return None;
        }
        // In single quotes, `.env` files have an escape of the quote, which ends the quotes of a shell.
        let shell = self.expression(start, Syntax::Shell).ok();
        let ends_word = |end: usize| bytes.get(end).is_none_or(u8::is_ascii_whitespace);
        let dotenv = self.expression(start, Syntax::Dotenv).ok();
        let dotenv = dotenv.filter(|dotenv| {
            let is_shorter =
                |shell: &Reading| dotenv.range.end < shell.range.end && ends_word(dotenv.range.end);
            shell.as_ref().is_none_or(is_shorter)
        });
        let (reading, syntax) = match dotenv {
            Some(dotenv) => (dotenv, Syntax::Dotenv),
            None => (shell?, Syntax::Shell),
        };
        if let Some(read) = self.in_block(&reading, syntax, tail) {
            return Some(read);
        }
        let Reread::Other(mut read) = of_reading(self.text, reading, range, syntax, tail) else {
            return None;
        };
        read.certainty = read.certainty.max(Certainty::Doubtful(Doubt::Surroundings));
        Some(read)
    }

    /// Takes the indentation of a block of YAML from the lines of a value that was read by another syntax. `None` if it has one line, or is in
    /// no such block.
    fn in_block(&self, reading: &Reading, syntax: Syntax, tail: &[Decoding]) -> Option<ReadValue> {
        let range = reading.range.clone();
        let raw = &self.text.bytes[range.clone()];
        memchr::memchr(b'\n', raw)?;
        let spaces = self.places.indentation_of_block(range.start)?;
        let is_within = |line: &[u8]| {
            let own = line.iter().take_while(|byte| **byte == b' ').count();
            own >= spaces || line.trim_ascii().is_empty()
        };
        if !raw.split(|byte| *byte == b'\n').skip(1).all(is_within) {
            return None;
        }
        let mut decoding = vec![
            Decoding::Indented(u16::try_from(spaces).ok()?),
            Decoding::Expression(syntax),
        ];
        decoding.extend_from_slice(tail);
        Some(ReadValue {
            value: SecretValue::new(decode::apply(raw, &decoding)?),
            range,
            decoding,
            certainty: reading
                .certainty
                .max(Certainty::Doubtful(Doubt::Surroundings)),
        })
    }

    /// Reads the value at a site by the syntax of the file.
    fn read_by_site(&mut self, site: ValueSite, range: &Range<usize>, tail: &[Decoding]) -> Reread {
        let text = self.text;
        let (start, syntax) = match site {
            ValueSite::Expression(start) => (start, text.syntax),
            ValueSite::Markup(start) => (start, Syntax::Xml),
            ValueSite::Word(start) if is_command_language(text.syntax) => (start, Syntax::Shell),
            // Its reader reads `"NAME=value"` from the value on.
            ValueSite::Part if text.syntax == Syntax::Systemd => (range.start, text.syntax),
            ValueSite::Word(_) | ValueSite::Part => return self.read_part(range, tail),
        };
        // Some readers of INI know three quotes, and others know no quotes at all.
        if syntax == Syntax::Ini && text.bytes[start..].starts_with(b"\"\"\"") {
            return Reread::Same(Certainty::Doubtful(Doubt::Quoting));
        }
        match self.expression(start, syntax) {
            Ok(reading) => of_reading(text, reading, range, syntax, tail),
            Err(Stop::NoLiteral) => Reread::Same(certainty_as_written(text, range)),
            Err(Stop::Unfinished) => Reread::Same(Certainty::Doubtful(Doubt::Unfinished)),
            Err(Stop::TooLong) => Reread::TooLong,
        }
    }

    fn expression(&mut self, start: usize, syntax: Syntax) -> Result<Reading, Stop> {
        let reading = reading::read(self.text.bytes, start, syntax);
        self.read += match &reading {
            Ok(reading) => reading.range.len(),
            Err(Stop::NoLiteral) => 0,
            // The reader looked for an end.
            Err(Stop::Unfinished | Stop::TooLong) => {
                (self.text.bytes.len() - start).min(Collector::MOST)
            }
        };
        reading
    }

    /// Reads a part of a string, or of a line without a syntax.
    fn read_part(&mut self, range: &Range<usize>, tail: &[Decoding]) -> Reread {
        let bytes = self.text.bytes;
        let special = |byte: &u8| matches!(byte, b'\\' | b'$' | b'%' | b'`' | b'{');
        // The line shows no end behind an escape.
        let ends_in_escape = bytes.get(range.end) == Some(&b'\\');
        if !ends_in_escape && !bytes[range.clone()].iter().any(special) {
            return Reread::Same(Certainty::Exact);
        }
        let read = (!ends_in_escape)
            .then(|| self.part_of_literal(range, tail))
            .flatten();
        match read {
            Some(read) => Reread::Other(read),
            None => Reread::Same(Certainty::Doubtful(Doubt::Surroundings)),
        }
    }

    /// Reads a part of a literal that begins on the same line, not far before. `None` if there is none, or if the
    /// reader does not read all bytes of the part.
    fn part_of_literal(&mut self, range: &Range<usize>, tail: &[Decoding]) -> Option<ReadValue> {
        let Text { bytes, syntax, .. } = self.text;
        let start = LineQuotes::open_before(bytes, range.start)?;
        let reading = self.expression(start, syntax).ok()?;
        let value = reading.value_of(range)?;
        let (place, mut decoding) = reading.source_of(&value, syntax)?;
        decoding.extend_from_slice(tail);
        Some(ReadValue {
            value: SecretValue::new(decode::apply(&bytes[place.clone()], &decoding)?),
            range: place,
            decoding,
            certainty: reading.certainty_of(&value),
        })
    }

    /// Reads a value of a text within the text whose syntax is certain, whatever that around it is: an option of JAAS, a
    /// field of a form, a cookie before its attributes. `None` if it is none of them.
    fn read_inner(&self, found: &Match) -> Option<ReadValue> {
        let bytes = self.text.bytes;
        let range = found.range.clone();
        // Neither the text around nor the inner one changes other bytes.
        let is_special =
            |byte: &u8| matches!(byte, b'\\' | b'$' | b'%' | b'`' | b'{' | b'"' | b'\'');
        let verbatim = |range: Range<usize>| {
            let raw = &bytes[range.clone()];
            ReadValue {
                certainty: match raw.iter().any(is_special) {
                    true => Certainty::Doubtful(Doubt::Surroundings),
                    false => Certainty::Exact,
                },
                value: SecretValue::new(raw.to_vec()),
                decoding: Vec::new(),
                range,
            }
        };
        if let Some(range) = jaas::option_value(bytes, range.start) {
            return Some(verbatim(range));
        }
        let is_assigned = bytes[..range.start].ends_with(b"=");
        if is_assigned && cookie::are_attributes(&bytes[range.end..]) {
            return Some(verbatim(range));
        }
        let step = found
            .decoding
            .is_empty()
            .then(|| form_field::decoding(bytes, &range));
        let decoding = vec![step.flatten()?];
        Some(ReadValue {
            value: SecretValue::new(decode::apply(&bytes[range.clone()], &decoding)?),
            certainty: Certainty::Exact,
            decoding,
            range,
        })
    }

    /// Reads the value of a match that was read by its line alone. False if it is too long.
    pub fn read_match(&mut self, found: &mut Match) -> bool {
        let Some(site) = found.site.take() else {
            return true;
        };
        if let Some(read) = self.read_inner(found) {
            found.range = read.range;
            found.decoding = read.decoding;
            found.value = read.value;
            found.certainty = read.certainty;
            return true;
        }
        // The reading takes the place of the steps that the notation of a line suggests. Those of the format stay:
        // base64, and the percent signs of a URI.
        let is_notation = |step: &Decoding| {
            matches!(
                step,
                Decoding::Backslash | Decoding::Doubled | Decoding::HtmlEntities
            )
        };
        let notation = found.decoding.iter().take_while(|step| is_notation(step));
        let tail = found.decoding[notation.count()..].to_vec();
        match self.read(site, &found.range, &tail) {
            Reread::Same(certainty) => found.certainty = certainty,
            Reread::TooLong => return false,
            Reread::Other(read) => {
                found.range = read.range;
                found.decoding = read.decoding;
                found.value = read.value;
                found.certainty = read.certainty;
            }
        }
        found.certainty = self.certainty_within_text(site, &found.range, found.certainty);
        if found.certainty == Certainty::Exact
            && !found.decoding.contains(&Decoding::Percent)
            && let Some(doubt) = field_doubt(self.text.bytes, &found.range)
        {
            found.certainty = Certainty::Doubtful(doubt);
        }
        true
    }
}

/// Whether words of commands are read as those of a shell.
fn is_command_language(syntax: Syntax) -> bool {
    matches!(syntax, Syntax::Shell | Syntax::Dockerfile | Syntax::Script)
}

/// The outcome of a reading. `range` are the bytes that the line showed, if it showed any.
fn of_reading(
    text: Text,
    reading: Reading,
    range: &Range<usize>,
    syntax: Syntax,
    tail: &[Decoding],
) -> Reread {
    let is_in_parts = reading.certainty == Certainty::InParts;
    if is_in_parts && !range.is_empty() {
        return Reread::Same(Certainty::InParts);
    }
    let Some((place, mut decoding)) = reading.source_of(&(0..reading.value.len()), syntax) else {
        // An empty value is none.
        return Reread::Same(Certainty::Doubtful(Doubt::Quoting));
    };
    let raw = &text.bytes[place.clone()];
    // The import decodes the same bytes again. A value that lacks its variables is never imported.
    let repeats = || decode::apply(raw, &decoding).is_some_and(|value| value == *reading.value);
    if !is_in_parts && !repeats() {
        return Reread::Same(Certainty::Doubtful(Doubt::Quoting));
    }
    let Some(value) = decode::apply(&reading.value, tail) else {
        return Reread::Same(Certainty::Doubtful(Doubt::Quoting));
    };
    decoding.extend_from_slice(tail);
    Reread::Other(ReadValue {
        range: place,
        decoding,
        value: SecretValue::new(value),
        certainty: reading.certainty,
    })
}

/// The certainty of a value that is taken as it is written, in a syntax without a reader.
fn certainty_as_written(text: Text, range: &Range<usize>) -> Certainty {
    if text.syntax == Syntax::Prose {
        return Certainty::Exact;
    }
    if text.bytes[range.clone()].contains(&b'\\') {
        return Certainty::Doubtful(Doubt::Quoting);
    }
    end_doubt(text.bytes, range.end).map_or(Certainty::Exact, Certainty::Doubtful)
}

/// The doubt about the end of a value without quotes: more of its line may belong to it.
pub(super) fn end_doubt(text: &[u8], end: usize) -> Option<Doubt> {
    /// The bytes behind a value that are looked at.
    const BEHIND: usize = 1024;
    let rest = &text[end..text.len().min(end + BEHIND)];
    let rest = &rest[..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
    match rest.trim_ascii() {
        [] if rest.is_empty() => None,
        [] => Some(Doubt::WhiteSpace),
        // The end of a statement, of an item, of an element, of the brackets or the quotes around the value.
        // In a text whose syntax is not known, a semicolon without quotes before it may belong to the value.
        [b';'] if end > 0 && b"\"'`)]}".contains(&text[end - 1]) => None,
        [b',', ..] | [b'<', b'/', ..] | [b'>'] => None,
        [b')' | b']' | b'}', after @ ..] if ends_behind_brackets(after) => None,
        [quote @ (b'"' | b'\'' | b'`'), ..] if LineQuotes::is_open(text, end, *quote) => None,
        [b'#' | b';', ..] | [b'/', b'/', ..] if rest[0].is_ascii_whitespace() => {
            Some(Doubt::Comment)
        }
        _ => Some(Doubt::Quoting),
    }
}

/// Whether a value can end before brackets that `after` follows.
fn ends_behind_brackets(after: &[u8]) -> bool {
    let next = after.iter().find(|byte| !b")]}".contains(byte));
    next.is_none_or(|byte| byte.is_ascii_whitespace() || b",;.:&|=\"'`".contains(byte))
}

/// The doubt about a value that may be a field of a form or of a query, whose reader decodes it, or a cookie with its
/// attributes.
pub(super) fn field_doubt(text: &[u8], raw: &Range<usize>) -> Option<Doubt> {
    let value = &text[raw.clone()];
    let is_escaped = || {
        let mut triples = value.windows(3);
        triples.any(|at| at[0] == b'%' && at[1..].iter().all(u8::is_ascii_hexdigit))
            || memchr::memchr(b'+', value).is_some()
    };
    let is_doubtful = is_field(text, raw) && is_escaped() || has_cookie_attributes(value);
    is_doubtful.then_some(Doubt::Surroundings)
}

/// Whether a value is that of a field: `&name=value`, `?name=value` or `name=value&`.
fn is_field(text: &[u8], raw: &Range<usize>) -> bool {
    /// The longest name of a field that is looked at, in bytes.
    const LONGEST: usize = 64;
    let before = &text[raw.start.saturating_sub(LONGEST)..raw.start];
    let Some((b'=', name)) = before.split_last() else {
        return false;
    };
    let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.[]%".contains(byte);
    let first = name.iter().rev().find(|byte| !is_of_name(byte));
    matches!(first, Some(b'&' | b'?')) || text.get(raw.end) == Some(&b'&')
}

/// Whether a value goes on with attributes of a cookie: `; Path=/; HttpOnly`.
fn has_cookie_attributes(value: &[u8]) -> bool {
    memchr::memchr_iter(b';', value).any(|at| cookie::are_attributes(&value[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_cookies_are_doubtful() {
        for (text, value, is_doubtful) in [
            ("grant_type=password&password=a%21b", "a%21b", true),
            ("password=a%21b&grant_type=password", "a%21b", true),
            ("GET /?user[token]=a+b HTTP/1.1", "a+b", true),
            ("&password=ab", "ab", false),
            ("PASSWORD=a%21b", "a%21b", false),
            ("- sid=a1; Path=/; HttpOnly", "a1; Path=/; HttpOnly", true),
            ("- sid=a1;SAMESITE=Lax", "a1;SAMESITE=Lax", true),
            ("- sid=a1; pathology", "a1; pathology", false),
        ] {
            let start = text.find(value).unwrap();
            let doubt = field_doubt(text.as_bytes(), &(start..start + value.len()));
            assert_eq!(doubt.is_some(), is_doubtful, "{text}");
        }
    }
}
