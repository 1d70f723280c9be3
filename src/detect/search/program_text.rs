//! Assignments in the comments of programs, and in texts within their literals: there, values need no quotes.

use std::ops::Range;

use super::line_search::LineSearch;
use crate::detect::event::{Event, Trace};
use crate::detect::file_kind::FileKind;
use crate::detect::formats::{self, Assignment, NoAssignment};
use crate::detect::reading::{self, Position};
use crate::detect::value_reading::end_doubt;
use crate::finding::{Certainty, Doubt, Syntax};

impl LineSearch<'_, '_> {
    /// Leaves a value without quotes until the whole text is known, if it would count in a file of settings. In code
    /// it is an expression, which only the text before it shows.
    pub(super) fn may_be_text(&mut self, word: Range<usize>) {
        if !looks_like_text(self.text.bytes, &word) {
            let why = NoAssignment::Expression;
            return self.trace.record(|| Event::NotAssigned { word, why });
        }
        let found = formats::read_assignment(self.text.bytes, &word, FileKind::Config);
        if let Err(NoAssignment::Open(at)) = found {
            self.examine_rest_of_line(at);
        }
        let named = found.ok().and_then(|found| {
            let rule = self.rule_of_name(&(found.name.start..found.stem), found.suffix)?;
            Some((rule, found))
        });
        if let Some((rule, found)) = named {
            let known = (self.found.candidates.len(), self.found.cross_line.len());
            let is_full = self.is_full;
            let rejected = std::mem::take(&mut self.found.rejected);
            let trace = std::mem::replace(&mut self.trace, Trace::OFF);
            // Other lines must not decide: versions of a line are searched once.
            let shown = Assignment {
                needs_text: false,
                ..found
            };
            self.assigned_as_settings(rule, shown);
            self.trace = trace;
            self.found.rejected = rejected;
            let is_value = self.found.candidates.len() > known.0;
            // A trial leaves nothing but its work: a limit must be reached at the same anchor with and without it.
            self.found.candidates.truncate(known.0);
            self.found.cross_line.truncate(known.1);
            self.is_full = is_full || self.is_out_of_work();
            if is_value {
                return self.defer(rule, word);
            }
        }
        let why = NoAssignment::Expression;
        self.trace.record(|| Event::NotAssigned { word, why });
    }

    /// Reads the assignment to the name that ends in the word, if it is in a comment or a literal.
    pub(super) fn text_in_program(&mut self, rule: usize, word: Range<usize>) {
        let bytes = self.text.bytes;
        let place = self.places.position(word.start);
        if let Position::Literal(start) = place {
            self.literal_around(start, &word);
        }
        let why = match formats::read_assignment(bytes, &word, FileKind::Config) {
            Err(NoAssignment::Open(at)) if place != Position::Code => {
                return self.open_text(rule, word, at);
            }
            Err(why) => why,
            Ok(_) if place == Position::Code => NoAssignment::Expression,
            Ok(mut found) => {
                if let Position::Comment(comment) = &place
                    && comment.end < found.value.end + 1
                {
                    let value = &bytes[found.value.clone()];
                    found.value.end -= usize::from(value.ends_with(b"*/")) * 2;
                }
                let known = self.found.candidates.len();
                self.assigned_as_settings(rule, found);
                let certainty = |range: &Range<usize>| self.certainty_at(&place, range);
                let certainties: Vec<_> = self.found.candidates[known..]
                    .iter()
                    .map(|candidate| certainty(&candidate.matched.range))
                    .collect();
                for (candidate, certainty) in
                    self.found.candidates[known..].iter_mut().zip(certainties)
                {
                    candidate.matched.certainty = certainty;
                    candidate.matched.site = None;
                }
                return;
            }
        };
        self.trace.record(|| Event::NotAssigned { word, why });
    }

    /// Reads a value that its line does not end.
    fn open_text(&mut self, rule: usize, word: Range<usize>, at: usize) {
        let bytes = self.text.bytes;
        let Some(found) = Assignment::of_expression(bytes, &word, at) else {
            let why = NoAssignment::Open(at);
            return self.trace.record(|| Event::NotAssigned { word, why });
        };
        let known = self.found.candidates.len();
        self.assigned_as_settings(rule, found);
        for candidate in &mut self.found.candidates[known..] {
            if candidate.matched.certainty == Certainty::Exact {
                candidate.matched.certainty = Certainty::Doubtful(Doubt::Surroundings);
            }
        }
    }

    fn assigned_as_settings(&mut self, rule: usize, found: Assignment) {
        let settings = self.text.with_syntax(Syntax::Settings);
        let program = std::mem::replace(&mut self.text, settings);
        self.assigned(rule, found);
        self.text = program;
    }

    /// The certainty of a value that is written at a place of a program.
    fn certainty_at(&self, place: &Position, range: &Range<usize>) -> Certainty {
        let bytes = self.text.bytes;
        if let (Position::Literal(_), Some(doubt)) = (place, end_doubt(bytes, range.end)) {
            return Certainty::Doubtful(doubt);
        }
        let is_exact = match place {
            Position::Literal(start) => reading::read(bytes, *start, self.text.syntax)
                .is_ok_and(|reading| reading.is_verbatim(range)),
            _ => !bytes[range.clone()].contains(&b'\\'),
        };
        match is_exact {
            true => Certainty::Exact,
            false => Certainty::Doubtful(Doubt::Surroundings),
        }
    }
}

/// Whether the line of a word may have a value without quotes: it has a digit, or its value looks like that of a
/// setting, or a comment may begin before the word. Assignments in code are everywhere, and most have none of these.
fn looks_like_text(text: &[u8], word: &Range<usize>) -> bool {
    /// Bytes beside the word that are looked at.
    const BESIDE: usize = 64;
    let behind = &text[word.end..text.len().min(word.end + BESIDE)];
    let behind = &behind[..memchr::memchr(b'\n', behind).unwrap_or(behind.len())];
    if behind.iter().any(u8::is_ascii_digit) || is_setting(behind) {
        return true;
    }
    let before = &text[word.start.saturating_sub(BESIDE)..word.start];
    let before = &before[memchr::memrchr(b'\n', before).map_or(0, |end| end + 1)..];
    before
        .iter()
        .any(|byte| matches!(byte, b'#' | b'/' | b'*' | b'-' | b';' | b'%'))
}

/// Whether `: value` or `=value` follows a name, with nothing behind it but what closes an item.
fn is_setting(behind: &[u8]) -> bool {
    let value = match behind {
        [b':', b' ', value @ ..] | [b'=', value @ ..] => value,
        _ => return false,
    };
    let length = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let rest = value[length..].trim_ascii_end();
    length > 0 && rest.iter().all(|b| matches!(b, b' ' | b'}' | b']'))
}
