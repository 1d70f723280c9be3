//! The forms of literals, and how one literal is read.

use std::borrow::Cow;
use std::ops::Range;

use super::super::{Collector, Stop, Unit};
use super::escape::line_end;
use super::{hole, layout};
use crate::finding::{Doubt, Escapes};

/// A form of literals: what opens and closes it, and what is between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// What the literal begins with.
    pub opening: &'static str,
    /// What the literal ends with.
    pub closing: &'static str,
    /// How the content is read.
    pub units: Units,
    /// A byte behind a backslash does not close the literal, even if the backslash is part of the value.
    pub is_guarded: bool,
    /// The content may have line ends.
    pub has_lines: bool,
    /// What begins an expression in the content, of which the quotes do not close the literal.
    pub hole: Hole,
    /// What is removed from the lines of the content.
    pub layout: Layout,
    /// What stands around the literal may change its value.
    pub is_doubtful: bool,
}

/// How the content of a literal is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Units {
    /// Unit by unit.
    Escaped(Escapes),
    /// As it is, but for line ends.
    Raw(LineEnds),
    /// As it is, but a backslash before a backslash or one of these bytes stands for that byte.
    Delimited(u8, u8),
    /// Unit by unit, by a function of the language.
    Custom(fn(&[u8]) -> Unit),
}

/// What a carriage return in a raw literal yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// Line ends stay as they are.
    Kept,
    /// Every line end is a line feed.
    LineFeed,
    /// Carriage returns are left out.
    Removed,
    /// Implementations differ.
    Doubtful,
}

/// What begins an expression within a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    /// There are none, or their quotes close the literal.
    None,
    /// `${…}`.
    Dollar,
    /// `{$…}` and `${…}`.
    BraceDollar,
    /// `#{…}`.
    Hash,
    /// `{…}`, but not `{{`.
    Brace,
    /// `\(…)`.
    Backslash,
}

/// What is removed from the lines of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Nothing.
    None,
    /// A line end directly behind the opening (Lua).
    FirstLineEnd,
    /// A first line of white space (Dart).
    FirstLine,
    /// The common indentation, white space at the ends of lines, and the first line end (Java).
    TextBlock,
    /// The indentation of the closing line, if the content begins with a line end (Swift, C#).
    ClosingLine,
    /// The white space between these offsets, which is that before the closing name (PHP, Perl).
    Indented(usize, usize),
    /// The common indentation (Ruby).
    Common,
}

/// A literal of which the content has begun.
#[derive(Debug)]
pub(super) struct Opened {
    /// The offset at which the content begins.
    pub content: usize,
    /// Where the content ends.
    pub closing: Closing,
    /// The form.
    pub form: Form,
}

/// What a literal ends with.
#[derive(Debug)]
pub(super) enum Closing {
    /// This text.
    Text(Cow<'static, [u8]>),
    /// The last of at least three quotes in a row.
    LastQuotes,
    /// A quote, unless it is doubled.
    Undoubled(u8),
    /// The second of these brackets; pairs of them may be nested.
    Bracket(u8, u8),
    /// `/$`, where `$$` and `$/` are escapes (Groovy).
    DollarSlash,
    /// The content and the end of the literal are known.
    Known(Range<usize>, usize),
    /// The literal does not end in the text.
    Never,
}

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

    /// With doubt about what stands around the literal, if there is any.
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
            Units::Escaped(escapes) => super::unit(rest, escapes),
            Units::Raw(LineEnds::Kept) => Unit::Verbatim(rest.len()),
            Units::Raw(line_ends) => match rest[0] {
                b'\r' => line_ends.unit(rest),
                _ => Unit::Verbatim(memchr::memchr(b'\r', rest).unwrap_or(rest.len())),
            },
            Units::Delimited(open, close) => match rest {
                [b'\\', next, ..] if [b'\\', open, close].contains(next) => Unit::byte(2, *next),
                [b'\r', ..] => super::escape::doubtful_line_end(rest),
                _ => super::escape::plain(rest, b"\\\r"),
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
            LineEnds::LineFeed => super::escape::line_feed(rest),
            LineEnds::Removed => Unit::nothing(1),
            LineEnds::Doubtful => super::escape::doubtful_line_end(rest),
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
        while let Some(&byte) = text.get(at) {
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

    /// Whether two bytes at `at` stand for one, which does not close the literal.
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
            layout::emit(text, content.clone(), self.form, out)?;
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
