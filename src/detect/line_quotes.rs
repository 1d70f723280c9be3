//! The quotes of one line, read from left to right by what all languages have in common.

use std::ops::Range;

use crate::steps;

/// The quotes of the current line, read as far as the last anchor.
#[derive(Clone, Debug, Default)]
pub(super) struct LineQuotes {
    /// The line, without its line end.
    pub line: Range<usize>,
    /// Whether the line has a backslash: without one, no literal on it has an escape.
    pub has_backslash: bool,
    /// The offset up to which the line has been read.
    pub at: usize,
    /// The start of the literal that is open there, with its prefix, and its quote.
    pub open: Option<(usize, u8)>,
    /// Whether the language has literals in three quotes.
    has_triple: bool,
    /// Whether the literal that is open has three quotes.
    is_triple: bool,
}

impl LineQuotes {
    /// The quotes of the line around `at`, which has not been read. `has_triple` says whether the language has literals
    /// in three quotes.
    pub fn of_line(text: &[u8], at: usize, has_triple: bool) -> Self {
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length);
        Self {
            line: start..end,
            has_backslash: memchr::memchr(b'\\', &text[start..end]).is_some(),
            at: start,
            has_triple,
            ..Self::default()
        }
    }

    /// The start of the literal that is open at `at`, if it begins on the same line and not far before.
    pub fn open_before(text: &[u8], at: usize) -> Option<usize> {
        Self::before(text, at)?.open.map(|(start, _)| start)
    }

    /// Whether a literal with this quote is open at `at`.
    pub fn is_open(text: &[u8], at: usize, quote: u8) -> bool {
        let open = Self::before(text, at).and_then(|quotes| quotes.open);
        open.is_some_and(|(_, opened)| opened == quote)
    }

    /// The quotes of the line up to `at`. `None` if the line begins far before.
    fn before(text: &[u8], at: usize) -> Option<Self> {
        /// Bytes of the line that are read. A line with many values is not read again for each of them.
        const LOOK_BACK: usize = 4096;
        let from = at.saturating_sub(LOOK_BACK);
        let start = match memchr::memrchr(b'\n', &text[from..at]) {
            Some(end) => from + end + 1,
            None if from == 0 => 0,
            None => return None,
        };
        let mut quotes = Self {
            line: start..at,
            has_backslash: true,
            at: start,
            ..Self::default()
        };
        quotes.read_to(text, at);
        Some(quotes)
    }

    /// Reads the line up to `at`.
    pub fn read_to(&mut self, text: &[u8], at: usize) {
        steps::count(at.saturating_sub(self.at));
        while self.at < at {
            let rest = &text[self.at..at];
            if let Some((_, quote)) = self.open {
                self.at = match memchr::memchr2(b'\\', quote, rest) {
                    Some(length) if rest[length] == quote => {
                        let end = self.at + length;
                        let is_end = !self.is_triple || text[end..].starts_with(&[quote; 3]);
                        let length = if self.is_triple && is_end { 3 } else { 1 };
                        if is_end {
                            (self.open, self.is_triple) = (None, false);
                        }
                        end + length
                    }
                    // An escape, which may end behind `at`.
                    Some(length) => self.at + length + 2,
                    None => at,
                };
                continue;
            }
            let found = memchr::memchr3(b'"', b'\'', b'`', rest);
            let before = &rest[..found.unwrap_or(rest.len())];
            let slashes = before.iter().rev().take_while(|&&b| b == b'\\').count();
            let is_escaped = slashes % 2 == 1;
            let Some(length) = found else {
                self.at = at + usize::from(is_escaped);
                return;
            };
            let start = self.at + length;
            self.at = start + 1;
            if is_escaped {
                continue;
            }
            let quote = text[start];
            let is_triple =
                self.has_triple && quote != b'`' && text[start..].starts_with(&[quote; 3]);
            let literal = literal_start(&text[self.line.start..start], quote);
            self.open = literal.map(|literal| (self.line.start + literal, quote));
            self.is_triple = is_triple && self.open.is_some();
            if is_triple {
                self.at = start + 3;
            }
        }
    }
}

/// The start of the literal whose quote follows `line`: that of its prefix, as in `f"…"` or `$@"…"`, or the quote.
/// `None` for an apostrophe within a word.
fn literal_start(line: &[u8], quote: u8) -> Option<usize> {
    let is_prefix = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'$' | b'#');
    let length = line
        .iter()
        .rev()
        .take(4)
        .take_while(|&b| is_prefix(b))
        .count();
    let prefix = &line[line.len() - length..];
    let is_word = prefix.last().is_some_and(u8::is_ascii_alphanumeric);
    let is_of_apostrophe = |b: &u8| b"rRbBuUfF".contains(b);
    if quote == b'\'' && is_word && !(length < 3 && prefix.iter().all(is_of_apostrophe)) {
        return None;
    }
    Some(if length < 4 {
        line.len() - length
    } else {
        line.len()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_quotes_are_one_where_the_language_has_them() {
        for (line, open) in [
            ("a = \"\"\"b \"c\" «", Some(4)),
            ("a = fQQQb 'c' «", Some(4)),
            ("a = \"\"\"b\"\"\" «", None),
            ("a = \"\" «", None),
            ("a = \"b\" + '«", Some(10)),
        ] {
            let line = line.replace("QQQ", &"'".repeat(3));
            let at = line.find('«').unwrap();
            let text = line.replace('«', "x\n");
            let mut quotes = LineQuotes::of_line(text.as_bytes(), at, true);
            quotes.read_to(text.as_bytes(), at);
            assert_eq!(quotes.open.map(|(start, _)| start), open, "{line}");
        }
    }

    #[test]
    fn literals_begin_with_their_prefix() {
        for (line, open) in [
            ("a = \"«", Some(4)),
            ("a = f'«", Some(4)),
            ("a = $@\"«", Some(4)),
            ("a = 'b' + \"«", Some(10)),
            ("it's «", None),
            ("don't say \"«", Some(10)),
            ("a = 'b\\'«", Some(4)),
            ("a = 'b'«", None),
            ("some\"«", Some(4)),
        ] {
            let at = line.find('«').unwrap();
            let text = line.replace('«', "x\n");
            assert_eq!(LineQuotes::open_before(text.as_bytes(), at), open, "{line}");
        }
    }

    proptest! {
        #[test]
        fn a_line_is_read_in_steps_as_at_once(line in r#"[a'"`\\]{0,24}"#, has_triple: bool) {
            let text = line.as_bytes();
            let new = || LineQuotes { line: 0..text.len(), has_triple, ..LineQuotes::default() };
            let mut in_steps = new();
            for at in 0..=text.len() {
                in_steps.read_to(text, at);
                let mut at_once = new();
                at_once.read_to(text, at);
                prop_assert_eq!((in_steps.at, in_steps.open), (at_once.at, at_once.open));
            }
        }
    }
}
