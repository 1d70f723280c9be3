//! Finds out whether offsets of a program are in code, in comments or in literals.

use std::cell::RefCell;
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

/// The comments and the literals of a program. The program is read once, and no further than it was asked for.
pub(in crate::detect) struct ProgramSpans<'t> {
    read: RefCell<ReadSpans<'t>>,
}

struct ReadSpans<'t> {
    /// Reads on. `None` for a text in a language that is not known, which has no spans.
    lexer: Option<Lexer<'t>>,
    /// The extent of each span, in order, and the position of the bytes in it.
    spans: Vec<(Range<usize>, Position)>,
    /// The end of the bytes that were read.
    end: usize,
}

impl<'t> ProgramSpans<'t> {
    /// The spans of a text, from its beginning.
    pub fn of(text: &'t [u8], syntax: Syntax) -> Self {
        let language = super::language(syntax);
        let read = ReadSpans {
            lexer: language.map(|language| Lexer::new(text, syntax, language)),
            spans: Vec::new(),
            end: 0,
        };
        Self {
            read: RefCell::new(read),
        }
    }

    /// The position of an offset.
    pub fn position(&self, at: usize) -> Position {
        let mut read = self.read.borrow_mut();
        read.read_beyond(at);
        let next = read.spans.partition_point(|(range, _)| range.end <= at);
        match read.spans.get(next) {
            Some((range, position)) if range.start <= at => position.clone(),
            _ => Position::Code,
        }
    }
}

impl ReadSpans<'_> {
    /// Reads spans until one ends behind an offset.
    fn read_beyond(&mut self, at: usize) {
        while self.end <= at
            && let Some(lexer) = &mut self.lexer
        {
            let Some(span) = lexer.next_span() else {
                self.lexer = None;
                return;
            };
            steps::count(span.range.end - self.end.min(span.range.end));
            self.end = span.range.end;
            let position = match span.kind {
                Kind::Comment => Position::Comment(span.range.clone()),
                Kind::Literal(start) => Position::Literal(start),
            };
            self.spans.push((span.range, position));
        }
    }
}
