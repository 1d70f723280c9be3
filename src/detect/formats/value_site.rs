//! The place and the notation of a value in its file.

/// The place of a value in the syntax of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueSite {
    /// The value is the expression that begins at this offset: a literal with what is joined to it, or all that
    /// is behind an operator.
    Expression(usize),
    /// The value is the text of an element or an attribute of markup, which begins at this offset.
    Markup(usize),
    /// The value is the word of a command that begins at this offset.
    Word(usize),
    /// The value is a part of a string, or of a line without a syntax.
    Part,
}

impl ValueSite {
    /// The same site in a text that has its lines elsewhere: what was at `from` is at `to`.
    pub fn moved(self, from: usize, to: usize) -> Self {
        match self {
            Self::Expression(start) => Self::Expression(start + to - from),
            Self::Markup(start) => Self::Markup(start + to - from),
            Self::Word(start) => Self::Word(start + to - from),
            Self::Part => Self::Part,
        }
    }
}

/// The notation of a value, which decides how it is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Without escapes.
    Plain,
    /// With the backslash escapes of a quoted string.
    Backslash,
    /// Single quotes are doubled.
    Doubled,
    /// With the character references of XML and HTML.
    Markup,
    /// In base64.
    Base64,
}
