//! Finds out whether offsets of a program are in code, in comments or in literals.

use std::ops::Range;

use super::lexer::{Kind, Lexer};
use crate::finding::Syntax;
use crate::steps;

/// The place of an offset in a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Position {
    /// Code: names, numbers, operators, and everything in a language that is not known.
    Code,
    /// The comment with this extent.
    Comment(Range<usize>),
    /// The literal that begins at this offset. Regular expressions are literals as well, but cannot be read.
    Literal(usize),
}

/// The comments and the literals of a program.
pub(in crate::detect) struct ProgramSpans {
    /// The extent of each, in order, and the position of the bytes in it.
    spans: Vec<(Range<usize>, Position)>,
}

impl ProgramSpans {
    /// Reads a text once, from its beginning to its end. A text in a language that is not known has no spans.
    pub fn of(text: &[u8], syntax: Syntax) -> Self {
        let mut spans = Vec::new();
        if let Some(language) = super::language(syntax) {
            steps::count(text.len());
            let mut lexer = Lexer::new(text, syntax, language);
            while let Some(span) = lexer.next_span() {
                let position = match span.kind {
                    Kind::Comment => Position::Comment(span.range.clone()),
                    Kind::Literal(start) => Position::Literal(start),
                };
                spans.push((span.range, position));
            }
        }
        Self { spans }
    }

    /// The position of an offset.
    pub fn position(&self, at: usize) -> Position {
        let next = self.spans.partition_point(|(range, _)| range.end <= at);
        match self.spans.get(next) {
            Some((range, position)) if range.start <= at => position.clone(),
            _ => Position::Code,
        }
    }
}
