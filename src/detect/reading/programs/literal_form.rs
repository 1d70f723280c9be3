//! The forms of literals.

use std::borrow::Cow;
use std::ops::Range;

use super::super::Unit;
use crate::finding::Escapes;

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
    /// The indentation that is removed from the lines of the content.
    pub layout: Layout,
    /// The code around the literal may change its value.
    pub is_doubtful: bool,
}

/// How the content of a literal is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Units {
    /// Unit by unit.
    Escaped(Escapes),
    /// As it is, but for line ends.
    Raw(LineEnds),
    /// As it is, but a backslash before a backslash or one of these bytes yields that byte.
    Delimited(u8, u8),
    /// Unit by unit, by a function of the language.
    Custom(fn(&[u8]) -> Unit),
}

/// The bytes that a carriage return in a raw literal yields.
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

/// The indentation that is removed from the lines of a literal.
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

/// The end of a literal.
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
