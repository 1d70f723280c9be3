//! Reads the literals of all languages by the forms that each language declares.

use std::borrow::Cow;
use std::ops::Range;

use super::super::{Collector, Stop};
use super::escape_digits::line_end;
use super::literal_form::{Closing, Form, Hole, Layout, LineEnds, Opened, Units};
use super::literal_units::emit;
use super::{hole, indented_text};
use crate::finding::{Doubt, Escapes};

impl Form {
    /// A literal in one line with escapes.
    pub const fn new(opening: &'static str, escapes: Escapes) -> Self {
        Self {
            opening,
            closing: opening,
            units: Units::Escaped(escapes),
            is_guarded: true,
            has_lines: false,
            hole: Hole::None,
            layout: Layout::None,
            is_doubtful: false,
        }
    }

    /// A literal over lines without escapes.
    pub const fn raw(opening: &'static str, closing: &'static str, line_ends: LineEnds) -> Self {
        Self {
            opening,
            closing,
            units: Units::Raw(line_ends),
            is_guarded: false,
            has_lines: true,
            hole: Hole::None,
            layout: Layout::None,
            is_doubtful: false,
        }
    }

    /// With this closing.
    pub const fn closed(mut self, closing: &'static str) -> Self {
        self.closing = closing;
        self
    }

    /// With line ends in the content.
    pub const fn lines(mut self) -> Self {
        self.has_lines = true;
        self
    }

    /// Without line ends in the content.
    pub const fn one_line(mut self) -> Self {
        self.has_lines = false;
        self
    }

    /// With a backslash that keeps the next byte from closing the literal.
    pub const fn guarded(mut self) -> Self {
        self.is_guarded = true;
        self
    }

    /// With a backslash that keeps no byte from closing the literal.
    pub const fn unguarded(mut self) -> Self {
        self.is_guarded = false;
        self
    }

    /// With expressions in the content.
    pub const fn hole(mut self, hole: Hole) -> Self {
        self.hole = hole;
        self
    }

    /// With lines of which something is removed.
    pub const fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// With these units.
    pub const fn units(mut self, units: Units) -> Self {
        self.units = units;
        self
    }

    /// With doubt about the code around the literal, if there is any.
    pub const fn doubtful(mut self, is_doubtful: bool) -> Self {
        self.is_doubtful = is_doubtful;
        self
    }

    /// The literal of this form that begins at `at`.
    pub fn opened(self, at: usize) -> Opened {
        Opened {
            content: at + self.opening.len(),
            closing: Closing::Text(Cow::Borrowed(self.closing.as_bytes())),
            form: self,
        }
    }
}

impl Opened {
    /// The content of the literal, and the offset behind the literal.
    ///
    /// # Errors
    /// The text ends in the literal, or a line ends in a literal that has one line.
    pub fn extent(&self, text: &[u8]) -> Result<(Range<usize>, usize), Stop> {
        match &self.closing {
            Closing::Known(content, end) => return Ok((content.clone(), *end)),
            Closing::Never => return Err(Stop::Unfinished),
            _ => {}
        }
        let mut at = self.content;
        let mut depth = 0;
        loop {
            // An escape may end behind the text.
            at += self.ordinary_bytes(text.get(at..).unwrap_or_default());
            let Some(&byte) = text.get(at) else {
                break;
            };
            if let Some(end) = self.closes(text, at, &mut depth) {
                let content = match self.closing {
                    Closing::LastQuotes => end - 3,
                    _ => at,
                };
                return Ok((self.content..content, end));
            }
            at = match byte {
                b'\\' if self.form.hole == Hole::Backslash && text.get(at + 1) == Some(&b'(') => {
                    hole::end(text, at + 2, b')').ok_or(Stop::Unfinished)?
                }
                b'\\' if self.form.is_guarded => at + 1 + line_end(text, at + 1).unwrap_or(1),
                b'\n' | b'\r' if !self.form.has_lines => return Err(Stop::NoLiteral),
                b'$' | b'#' | b'{' if self.form.hole != Hole::None => {
                    match self.form.hole.begins(&text[at..]) {
                        Some(length) => {
                            hole::end(text, at + length, b'}').ok_or(Stop::Unfinished)?
                        }
                        None if text[at..].starts_with(b"{{") => at + 2,
                        None => at + 1,
                    }
                }
                _ if self.is_pair(text, at) => at + 2,
                _ => at + 1,
            };
        }
        Err(Stop::Unfinished)
    }

    /// The number of bytes at the beginning of `rest` that neither close the literal nor begin anything in it.
    fn ordinary_bytes(&self, rest: &[u8]) -> usize {
        let Closing::Text(closing) = &self.closing else {
            return 0;
        };
        let close = closing[0];
        let is_ordinary = |byte: &u8| {
            *byte != close && !matches!(byte, b'\\' | b'\n' | b'\r' | b'$' | b'#' | b'{')
        };
        rest.iter().take_while(|byte| is_ordinary(byte)).count()
    }

    /// The offset behind the closing that begins at `at`.
    fn closes(&self, text: &[u8], at: usize, depth: &mut usize) -> Option<usize> {
        let byte = text[at];
        match &self.closing {
            Closing::Text(closing) => {
                let is_here = byte == closing[0] && text[at..].starts_with(closing);
                is_here.then_some(at + closing.len())
            }
            Closing::LastQuotes => {
                let is_here = byte == b'"' && text[at..].starts_with(b"\"\"\"");
                let quotes = || text[at..].iter().take_while(|&&byte| byte == b'"').count();
                is_here.then(|| at + quotes())
            }
            Closing::Undoubled(quote) => {
                (byte == *quote && !self.is_pair(text, at)).then_some(at + 1)
            }
            Closing::Bracket(_, close) if byte == *close => {
                if *depth == 0 {
                    return Some(at + 1);
                }
                *depth -= 1;
                None
            }
            Closing::Bracket(open, _) => {
                *depth += usize::from(byte == *open);
                None
            }
            Closing::DollarSlash => text[at..].starts_with(b"/$").then_some(at + 2),
            Closing::Known(..) | Closing::Never => None,
        }
    }

    /// Whether two bytes at `at` yield one, which does not close the literal.
    fn is_pair(&self, text: &[u8], at: usize) -> bool {
        let pair = (text[at], text.get(at + 1).copied());
        match self.closing {
            Closing::Undoubled(quote) => pair == (quote, Some(quote)),
            Closing::DollarSlash => matches!(pair, (b'$', Some(b'$' | b'/'))),
            _ => false,
        }
    }

    /// Reads the literal, which begins at `start`, and returns the offset behind it.
    ///
    /// # Errors
    /// Those of [`Self::extent`]; and the value may be too long.
    pub fn read(&self, text: &[u8], start: usize, out: &mut Collector) -> Result<usize, Stop> {
        let (content, end) = self.extent(text)?;
        let is_whole = self.form.layout == Layout::None;
        let escapes = self.form.units.escapes().filter(|_| is_whole);
        out.open(start, content.start, escapes);
        let raw = &text[content.clone()];
        if std::str::from_utf8(raw).is_err() || raw.contains(&0) {
            // Compilers refuse such a literal, or replace bytes of it.
            out.doubt(Doubt::Quoting);
        }
        if self.form.is_doubtful {
            out.doubt(Doubt::Surroundings);
        }
        if is_whole {
            emit(text, content.clone(), self.form.units, out)?;
        } else {
            indented_text::emit(text, content.clone(), self.form, out)?;
        }
        out.close(content.end, end);
        Ok(end)
    }
}

impl Hole {
    /// The length of what begins an expression at the beginning of `rest`.
    fn begins(self, rest: &[u8]) -> Option<usize> {
        let is_here = match self {
            Hole::None | Hole::Backslash => return None,
            Hole::Brace => {
                return (rest[0] == b'{' && rest.get(1) != Some(&b'{')).then_some(1);
            }
            Hole::Dollar => rest.starts_with(b"${"),
            Hole::BraceDollar => rest.starts_with(b"{$") || rest.starts_with(b"${"),
            Hole::Hash => rest.starts_with(b"#{"),
        };
        is_here.then_some(2)
    }
}
