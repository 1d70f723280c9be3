//! Finds out whether offsets of a program are in code, in comments or in literals.

use std::ops::Range;

use super::lexer::{Kind, Lexer};
use crate::finding::Syntax;

/// What an offset of a program is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Position {
    /// Code: names, numbers, operators, and everything in a language that is not known.
    Code,
    /// The comment with this extent.
    Comment(Range<usize>),
    /// The literal that begins at this offset. Regular expressions are literals as well, but cannot be read.
    Literal(usize),
}

/// What each of `offsets` is in. They must be sorted. The text is read once, from its beginning to the last offset.
pub(in crate::detect) fn positions(
    text: &[u8],
    offsets: &[usize],
    syntax: Syntax,
) -> Vec<Position> {
    let mut found = vec![Position::Code; offsets.len()];
    let Some(language) = super::language(syntax) else {
        return found;
    };
    let mut next = 0;
    let mut lexer = Lexer::new(text, syntax, language);
    while next < offsets.len()
        && let Some(span) = lexer.next_span()
    {
        next += offsets[next..].partition_point(|&offset| offset < span.range.start);
        let count = offsets[next..].partition_point(|&offset| offset < span.range.end);
        let position = match span.kind {
            Kind::Comment => Position::Comment(span.range),
            Kind::Literal(start) => Position::Literal(start),
        };
        found[next..next + count].fill(position);
        next += count;
    }
    found
}

/// What the offset `at` is in.
pub(in crate::detect) fn literal_around(text: &[u8], at: usize, syntax: Syntax) -> Position {
    positions(text, &[at], syntax)
        .pop()
        .unwrap_or(Position::Code)
}
