//! Makes the line around a value for a terminal: without this value and without any other secret.
//!
//! Masked are the places of all matches of the text, whatever their confidence; every other place of their values;
//! and words that look like tokens, which may be secrets that a filter has rejected.

use std::ops::Range;

use crate::detect::decode::{self, Endian};
use crate::detect::engine::{Encoding, Match, Text, ValueMatches};
use crate::detect::filters;
use crate::finding::{Certainty, Decoding, Excerpt, Occurrence};
use crate::scan::value_index::ValueIndex;
use crate::secret::SecretValue;

/// The bytes of a line that are read on each side of a value. They are more than are shown, because masked text
/// becomes shorter.
const READ: usize = 4 * Excerpt::MOST;
/// The bytes beside a value that are looked at for the end of its word.
const WORD: usize = 4096;
/// Shorter values are masked elsewhere only as whole words: any text contains them by chance.
const DISTINCTIVE: usize = 8;

/// The lines of a text with matches.
pub(crate) struct LineExcerpts<'t> {
    text: Text<'t>,
    /// The places of all matches, in order.
    secret: Vec<Range<usize>>,
    values: ValueIndex,
}

impl<'t> LineExcerpts<'t> {
    /// The lines of a text with all of its matches.
    pub fn of(text: Text<'t>, matches: &ValueMatches<'_>) -> Self {
        let values = matches.values().map(|(_, value)| value.clone());
        Self::masking(text, matches.ranges().cloned().collect(), values)
    }

    /// The lines of a text with all of its matches, and with a place of a secret that need not be one of them.
    pub fn with_place(
        text: Text<'t>,
        matches: &ValueMatches<'_>,
        range: &Range<usize>,
        place: &Occurrence,
    ) -> Self {
        let mut secret: Vec<Range<usize>> = matches.ranges().cloned().collect();
        secret.push(range.clone());
        let raw = text.bytes.get(range.clone());
        let value = raw.and_then(|raw| decode::apply(raw, &place.decoding));
        let values = matches.values().map(|(_, value)| value.clone());
        Self::masking(text, secret, values.chain(value.map(SecretValue::new)))
    }

    fn masking(
        text: Text<'t>,
        mut secret: Vec<Range<usize>>,
        values: impl Iterator<Item = SecretValue>,
    ) -> Self {
        secret.dedup();
        let raw = secret
            .iter()
            .filter_map(|range| text.bytes.get(range.clone()));
        let raw = raw.map(|bytes| SecretValue::new(bytes.to_vec()));
        Self {
            text,
            values: ValueIndex::new(values.chain(raw)),
            secret: united(secret),
        }
    }

    /// The line around a match.
    pub fn around(&self, found: &Match) -> Excerpt {
        let is_exact = found.certainty == Certainty::Exact;
        let line = self.around_range(&found.range, &found.decoding, is_exact);
        Excerpt {
            prefix: self.prefix(found),
            ..line
        }
    }

    /// The line around a place of a secret, which has this match if the rules find it.
    pub fn around_place(
        &self,
        range: &Range<usize>,
        place: &Occurrence,
        found: Option<&Match>,
    ) -> Excerpt {
        let is_exact = place.certainty == Certainty::Exact
            && found.is_none_or(|found| found.certainty == Certainty::Exact);
        let line = self.around_range(range, &place.decoding, is_exact);
        Excerpt {
            prefix: found.map(|found| self.prefix(found)).unwrap_or_default(),
            ..line
        }
    }

    /// The line around a range, without a prefix.
    fn around_range(&self, range: &Range<usize>, decoding: &[Decoding], is_exact: bool) -> Excerpt {
        // The value may be a part of what is encoded.
        let is_encoded = |step: &Decoding| {
            matches!(
                step,
                Decoding::Base64 | Decoding::Hex | Decoding::Part { .. }
            )
        };
        let (start, end) = match decoding.iter().any(is_encoded) {
            true => (self.encoded_start(range.start), self.encoded_end(range.end)),
            false => (range.start, self.word_end(range.end)),
        };
        let before = self.masked(self.line_start(start)..start);
        // Where the value ends is known only of an exact one.
        let ends = is_exact && !self.has_line_end(range);
        let after = match ends && end - range.end < WORD {
            true => self.masked(end..self.line_end(end)).first(),
            false => Excerpt::LEFT_OUT.to_string(),
        };
        Excerpt {
            before: before.last(),
            prefix: String::new(),
            after,
        }
    }

    /// The fixed prefix of the value, if the text has it as it is.
    #[expect(
        clippy::disallowed_methods,
        reason = "the fixed prefix of a token is shown"
    )]
    fn prefix(&self, found: &Match) -> String {
        let prefix = &found.value.expose()[..found.shown.min(found.value.len())];
        let raw = self.text.bytes.get(found.range.clone());
        match raw.is_some_and(|raw| raw.starts_with(prefix)) {
            true => String::from_utf8_lossy(prefix).into_owned(),
            false => String::new(),
        }
    }

    /// The width of a character of ASCII, in bytes.
    fn unit(&self) -> usize {
        match self.text.encoding() {
            Encoding::Utf16(_) => 2,
            Encoding::Plain | Encoding::Binary => 1,
        }
    }

    /// The character of ASCII at an offset.
    fn ascii(&self, at: usize) -> Option<u8> {
        let unit = self.text.bytes.get(at..at + self.unit())?;
        match (self.text.encoding(), unit) {
            (Encoding::Utf16(Endian::Big), &[0, byte]) => Some(byte),
            (Encoding::Utf16(Endian::Little), &[byte, 0]) => Some(byte),
            (Encoding::Utf16(_), _) => None,
            (_, unit) => Some(unit[0]),
        }
    }

    fn is_alphanumeric(&self, at: usize) -> bool {
        self.ascii(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
    }

    fn is_line_end(&self, at: usize) -> bool {
        self.ascii(at) == Some(b'\n')
    }

    fn has_line_end(&self, range: &Range<usize>) -> bool {
        let mut places = range.clone().step_by(self.unit());
        range.len() > READ || places.any(|at| self.is_line_end(at))
    }

    /// The start of the line before an offset, or of the part of it that is read.
    fn line_start(&self, at: usize) -> usize {
        self.back(at, READ, |at| !self.is_line_end(at))
    }

    fn line_end(&self, at: usize) -> usize {
        self.forth(at, READ, |at| !self.is_line_end(at))
    }

    /// The letters and digits directly beside a value may belong to it.
    fn word_end(&self, at: usize) -> usize {
        self.forth(at, WORD, |at| self.is_alphanumeric(at))
    }

    /// The same for text in base64, of which a value can be a part.
    fn encoded_start(&self, at: usize) -> usize {
        let is_encoded = |at| self.is_alphanumeric(at) || self.is_one_of(at, b"+/");
        self.back(at, WORD, is_encoded)
    }

    fn encoded_end(&self, at: usize) -> usize {
        let is_encoded = |at| self.is_alphanumeric(at) || self.is_one_of(at, b"+/=");
        self.forth(at, WORD, is_encoded)
    }

    fn is_one_of(&self, at: usize, signs: &[u8]) -> bool {
        self.ascii(at).is_some_and(|byte| signs.contains(&byte))
    }

    /// Goes back from an offset over at most so many bytes, as long as the characters are such ones.
    fn back(&self, from: usize, most: usize, is_such: impl Fn(usize) -> bool) -> usize {
        let unit = self.unit();
        let mut at = from;
        while at >= unit && from - at < most && is_such(at - unit) {
            at -= unit;
        }
        at
    }

    fn forth(&self, from: usize, most: usize, is_such: impl Fn(usize) -> bool) -> usize {
        let unit = self.unit();
        let mut at = from;
        while at + unit <= self.text.bytes.len() && at - from < most && is_such(at) {
            at += unit;
        }
        at
    }

    /// The text of a part of a line, in which all secrets are masked.
    fn masked(&self, part: Range<usize>) -> Shown {
        let first = self
            .secret
            .partition_point(|secret| secret.end <= part.start);
        let mut out = String::new();
        let mut at = part.start;
        for secret in self.secret[first..]
            .iter()
            .take_while(|secret| secret.start < part.end)
        {
            if secret.start >= at {
                self.push_masked(&mut out, at..secret.start);
            }
            if secret.end > at {
                out.push_str(Excerpt::MASK);
                at = self.encoded_end(secret.end).min(part.end);
            }
        }
        self.push_masked(&mut out, at..part.end.max(at));
        Shown {
            text: out,
            is_cut: part.len() >= READ,
        }
    }

    /// Adds text between the places of matches.
    fn push_masked(&self, out: &mut String, part: Range<usize>) {
        let bytes = &self.text.bytes[part];
        let text = match self.text.encoding() {
            Encoding::Utf16(order) => utf16(bytes, order),
            Encoding::Plain | Encoding::Binary => String::from_utf8_lossy(bytes).into_owned(),
        };
        let text = text.trim_end_matches('\r');
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || "+/_=-".contains(c);
        let (mut at, mut word_end) = (0, 0);
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            if is_of_word(c) && at >= word_end {
                let word = rest.split(|c| !is_of_word(c)).next().unwrap_or_default();
                word_end = at + word.len();
                if filters::is_made_by_machine(word) {
                    out.push_str(Excerpt::MASK);
                    at = word_end;
                    continue;
                }
            }
            match self.values.longest_at(rest.as_bytes()) {
                length if length >= DISTINCTIVE || is_word(text, at, length) => {
                    out.push_str(Excerpt::MASK);
                    at += length;
                }
                _ => {
                    out.push(c);
                    at += c.len_utf8();
                }
            }
            // A value that is no text may end within a character.
            while !text.is_char_boundary(at) {
                at += 1;
            }
        }
    }
}

/// The ranges in order. Those that overlap, such as the matches of one compressed stream, become one.
fn united(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// Whether these bytes of a text are a whole word.
fn is_word(text: &str, at: usize, length: usize) -> bool {
    let is_alphanumeric = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    length > 0
        && !is_alphanumeric(at.checked_sub(1).and_then(|before| bytes.get(before)))
        && !is_alphanumeric(bytes.get(at + length))
}

fn utf16(bytes: &[u8], order: Endian) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|&unit| match order {
        Endian::Big => u16::from_be_bytes(unit),
        Endian::Little => u16::from_le_bytes(unit),
    });
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// Masked text of one side of a value.
struct Shown {
    text: String,
    /// The line goes on.
    is_cut: bool,
}

impl Shown {
    /// The end of the text, for the side before a value.
    fn last(self) -> String {
        let text = match self.is_cut {
            // The first word may be a part of one.
            true => self.text.trim_start_matches(|c: char| !c.is_whitespace()),
            false => &self.text,
        };
        match text.char_indices().nth_back(Excerpt::MOST - 1) {
            Some((at, _)) if at > 0 => format!("{}{}", Excerpt::LEFT_OUT, &text[at..]),
            _ if self.is_cut => format!("{}{text}", Excerpt::LEFT_OUT),
            _ => text.to_owned(),
        }
    }

    /// The beginning of the text, for the side behind a value.
    fn first(self) -> String {
        let text = match self.is_cut {
            true => self.text.trim_end_matches(|c: char| !c.is_whitespace()),
            false => &self.text,
        };
        match text.char_indices().nth(Excerpt::MOST) {
            Some((at, _)) => format!("{}{}", &text[..at], Excerpt::LEFT_OUT),
            None if self.is_cut => format!("{text}{}", Excerpt::LEFT_OUT),
            None => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::detect::engine::Engine;
    use crate::detect::example::expand;
    use crate::detect::library::Library;
    use crate::finding::Syntax;

    /// The lines of all matches of a text.
    fn lines(bytes: &[u8]) -> Vec<String> {
        static ENGINE: std::sync::LazyLock<Engine> =
            std::sync::LazyLock::new(|| Engine::new(Library::builtin().compile(false).unwrap(), 0));
        let text = Text::new(bytes, Syntax::Unknown);
        let matches = ENGINE.resolve(text, ENGINE.search_text(text));
        let excerpts = LineExcerpts::of(text, &matches);
        let matches = ENGINE.read_surroundings_of(matches, usize::MAX, |_| true);
        let lines = matches.iter().map(|found| {
            let excerpt = excerpts.around(found);
            format!("{}[{}]{}", excerpt.before, excerpt.prefix, excerpt.after)
        });
        lines.collect()
    }

    fn made_up(n: u32, template: &str) -> String {
        let seed = format!("{n} ");
        expand(&format!("{seed}{template}")).unwrap()[seed.len()..].to_owned()
    }

    fn token(n: u32) -> String {
        made_up(n, "<<github ghp_>>")
    }

    fn password(n: u32) -> String {
        made_up(n, "Wint<<>>er-<<alnum 8>>")
    }

    #[test]
    fn the_line_of_a_value_has_no_secret() {
        let (one, two) = (password(1), password(2));
        let text = format!(
            "# first\r\nurl = \"postgres://orders:{one}@db:5432/orders\" # not {one}, {two}\r\ndb_password: {two}\r\n"
        );
        assert_eq!(
            lines(text.as_bytes()),
            [
                "url = \"postgres://orders:[]@db:5432/orders\" # not ********, ********",
                "db_password: []",
            ]
        );
    }

    #[test]
    fn all_secrets_of_a_line_are_masked() {
        let (one, two) = (token(1), token(2));
        // A token whose checksum is wrong is no finding.
        let rejected = made_up(3, "ghp<<>>_<<alnum 36>>");
        let text = format!("a = '{one}', b = '{two}', c = '{rejected}', d = 'plain'\n");
        assert_eq!(
            lines(text.as_bytes()),
            [
                "a = '[ghp_]', b = '********', c = '********', d = 'plain'",
                "a = '********', b = '[ghp_]', c = '********', d = 'plain'",
            ]
        );
    }

    #[test]
    fn short_values_are_masked_as_words() {
        let text = "db.user=postgres\npostgresql://root:root@db/rooted root? roots\n";
        let lines = lines(text.as_bytes());
        assert_eq!(
            lines,
            ["postgresql://********:[]@db/rooted ********? roots"]
        );
    }

    #[test]
    fn a_line_of_utf_16_is_read() {
        let text = format!("[mail]\r\nuser=größe\r\npassword={} ; für\r\n", password(4));
        for order in [Endian::Little, Endian::Big] {
            let bytes: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| match order {
                    Endian::Little => unit.to_le_bytes(),
                    Endian::Big => unit.to_be_bytes(),
                })
                .collect();
            let lines = lines(&bytes);
            assert_eq!(lines.len(), 1);
            assert!(lines[0].starts_with("password=[]"), "{lines:?}");
        }
    }

    #[test]
    fn the_ends_of_a_long_line_are_left_out() {
        let around = "quay harbour ".repeat(200);
        let text = format!("{around}password = '{}' {around}\n", password(5));
        let line = &lines(text.as_bytes())[0];
        let (before, after) = line.split_once("[]").unwrap();
        assert!(
            before.starts_with('…') && before.ends_with("harbour password = '"),
            "{before}"
        );
        assert!(
            after.ends_with('…') && after.starts_with("' quay"),
            "{after}"
        );
        for side in [before, after] {
            assert_eq!(side.chars().count(), Excerpt::MOST + 1);
        }
    }

    #[test]
    fn values_of_several_lines_and_encoded_ones_show_nothing_of_their_ends() {
        let body = made_up(6, "<<base64lines 4>>");
        let key = format!(
            "x\n-----BEGIN {0} PRIVATE KEY-----\n{body}\n-----END {0} PRIVATE KEY----- tail\n",
            "RSA"
        );
        assert_eq!(lines(key.as_bytes()), ["[]…"]);
        let settings = format!("user=shop\nsmtp_password={}\nhost=mail\n", password(7));
        let encoded = STANDARD.encode(settings);
        let text = format!("mail: {encoded} # end\n");
        let lines = lines(text.as_bytes());
        assert_eq!(lines, ["mail: [] # end"]);
    }
}
