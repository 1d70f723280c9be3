//! Reads the expression of a program: a literal, or literals that are joined.

use super::super::{Collector, Stop};
use super::escape_digits::{begins_name, continues_name, name_length};
use super::language::{Adjacent, Language, Quotes, Where};
use super::suffix;
use crate::finding::Doubt;

/// Reads the expression that begins at `at`, and returns the offset behind it.
///
/// # Errors
/// No literal begins the expression, or the text ends in it, or it is too long.
pub(super) fn read(
    text: &[u8],
    at: usize,
    language: &Language,
    out: &mut Collector,
) -> Result<usize, Stop> {
    Expression {
        text,
        start: at,
        language,
        depth: 0,
        is_bracketed: None,
        is_bytes: None,
        out,
    }
    .read()
}

/// An expression that is read.
struct Expression<'a> {
    text: &'a [u8],
    start: usize,
    language: &'a Language,
    /// How many brackets of the expression are open.
    depth: usize,
    /// Whether a bracket before the expression is open, once it has been asked.
    is_bracketed: Option<Brackets>,
    /// Whether the first literal is one of bytes.
    is_bytes: Option<bool>,
    out: &'a mut Collector,
}

/// Whether a bracket before the expression is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Brackets {
    Open,
    None,
    Unknown,
}

/// What follows a literal.
enum Next {
    /// The expression ends.
    End,
    /// Another operand, at this offset.
    Operand(usize),
    /// Something that joins a value which is not in the text.
    Unread,
}

impl Expression<'_> {
    fn read(mut self) -> Result<usize, Stop> {
        let first = self.brackets(self.start);
        let mut end = self.literal(first)?;
        if first == self.start && has_prefix(self.text, self.start, self.language) {
            self.out.doubt(Doubt::Surroundings);
        }
        loop {
            let last_literal = end;
            end = self.closing_brackets(end);
            match suffix::read(self.text, end, self.language, self.out) {
                suffix::Suffix::Ended => return self.ended(last_literal, end),
                suffix::Suffix::Kept(behind) => {
                    // A method that keeps the value ends the expression, unless something is joined to its result.
                    if !matches!(self.next(behind)?, Next::End) {
                        self.out.interpolation();
                    }
                    return self.ended(last_literal, end);
                }
                suffix::Suffix::None => {}
            }
            let operand = match self.next(end)? {
                Next::End => return self.ended(last_literal, end),
                Next::Operand(operand) => self.brackets(operand),
                Next::Unread => {
                    self.out.interpolation();
                    return Ok(end);
                }
            };
            match self.literal(operand) {
                Ok(behind) => end = behind,
                Err(Stop::NoLiteral) if operand >= self.text.len() => return Err(Stop::Unfinished),
                Err(Stop::NoLiteral) => {
                    self.out.interpolation();
                    return Ok(last_literal.max(end));
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    /// The end of an expression behind which nothing is joined.
    fn ended(&mut self, last_literal: usize, end: usize) -> Result<usize, Stop> {
        let suffix = name_length(self.text, end);
        let is_suffix = matches!(&self.text[end..end + suffix], b"u8" | b"s" | b"sv");
        if matches!(self.text.get(end), Some(b'"' | b'\'' | b'`')) || (suffix > 0 && !is_suffix) {
            // Readers of the language refuse this.
            self.out.doubt(Doubt::Surroundings);
        }
        if self.depth == 0 {
            return Ok(end);
        }
        let next = self.language.skip_blank(self.text, end, true);
        match self.text.get(next) {
            None => Err(Stop::Unfinished),
            Some(b',') => Err(Stop::NoLiteral),
            Some(_) => {
                self.out.interpolation();
                Ok(last_literal.max(end))
            }
        }
    }

    /// The offset behind opening brackets, and white space in them.
    fn brackets(&mut self, at: usize) -> usize {
        let mut at = at;
        while self.text.get(at) == Some(&b'(') {
            self.depth += 1;
            at = self.language.skip_blank(self.text, at + 1, true);
        }
        at
    }

    /// The offset behind the brackets that close those of the expression.
    fn closing_brackets(&mut self, end: usize) -> usize {
        let mut end = end;
        while self.depth > 0 {
            let next = self.language.skip_blank(self.text, end, true);
            if self.text.get(next) != Some(&b')') {
                break;
            }
            self.depth -= 1;
            end = next + 1;
        }
        end
    }

    /// Reads one literal, and returns the offset behind it.
    fn literal(&mut self, at: usize) -> Result<usize, Stop> {
        let opened = self.language.open(self.text, at).ok_or(Stop::NoLiteral)?;
        // Python joins no bytes with text.
        let prefix = &self.text[at..opened.content.min(at + 2)];
        let letters = prefix.iter().take_while(|byte| byte.is_ascii_alphabetic());
        let is_bytes = letters.cloned().any(|byte| byte == b'b' || byte == b'B');
        if *self.is_bytes.get_or_insert(is_bytes) != is_bytes {
            self.out.doubt(Doubt::Surroundings);
        }
        opened.read(self.text, at, self.out)
    }

    /// What follows the operand that ends at `end`.
    fn next(&mut self, end: usize) -> Result<Next, Stop> {
        let joins = self.language.joins;
        let here = self.language.skip_blank(self.text, end, self.depth > 0);
        if let Some(operand) = self.operator(here) {
            return self.operand(operand);
        }
        if matches!(joins.adjacent, Adjacent::Joined(_))
            && self.language.open(self.text, here).is_some()
        {
            return Ok(Next::Operand(here));
        }
        if joins.has_macros && self.text.get(here).is_some_and(|&byte| begins_name(byte)) {
            return Ok(self.name_behind(end, here));
        }
        if joins.has_string_operators
            && matches!(self.text.get(here), Some(b'%' | b'*'))
            && self.text.get(here + 1) != Some(&b'>')
        {
            return Ok(Next::Unread);
        }
        if self.language.quotes == Quotes::Perl && is_repeated(&self.text[here..]) {
            return Ok(Next::Unread);
        }
        self.next_line(here)
    }

    /// A name behind a literal of C: a suffix of the literal, or a macro.
    fn name_behind(&mut self, end: usize, here: usize) -> Next {
        let length = super::escape_digits::name_length(self.text, here);
        match &self.text[here..here + length] {
            b"s" | b"sv" if end == here => Next::End,
            b"and" | b"or" | b"not_eq" | b"if" | b"else" if end < here => Next::End,
            _ => Next::Unread,
        }
    }

    /// What follows in the next lines.
    fn next_line(&mut self, here: usize) -> Result<Next, Stop> {
        let joins = self.language.joins;
        if !matches!(self.text.get(here), Some(b'\n' | b'\r')) || self.is_directive() {
            return Ok(Next::End);
        }
        let next = self.language.skip_blank(self.text, here, true);
        if self.operator(next).is_some() && self.goes_on(joins.leading) {
            return match self.operator(next) {
                Some(operand) => self.operand(operand),
                None => Ok(Next::End),
            };
        }
        if joins.has_string_operators
            && matches!(self.text.get(next), Some(b'%' | b'*'))
            && self.goes_on(joins.leading)
        {
            return Ok(Next::Unread);
        }
        if let Adjacent::Joined(place) = joins.adjacent
            && self.language.open(self.text, next).is_some()
            && self.goes_on(place)
        {
            return Ok(Next::Operand(next));
        }
        if joins.has_macros
            && self
                .text
                .get(next)
                .is_some_and(|byte| byte.is_ascii_uppercase())
        {
            return Ok(Next::Unread);
        }
        Ok(Next::End)
    }

    /// The operand behind an operator, which may be in the next lines.
    fn operand(&self, at: usize) -> Result<Next, Stop> {
        let operand = self.language.skip_blank(self.text, at, true);
        if operand >= self.text.len() {
            return Err(Stop::Unfinished);
        }
        Ok(Next::Operand(operand))
    }

    /// The offset behind the operator at `at`.
    fn operator(&self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let mut operators = self.language.joins.operators.iter();
        let operator = operators.find(|operator| rest.starts_with(operator.as_bytes()))?;
        let next = rest.get(operator.len()).copied().unwrap_or(b' ');
        let is_longer = next == b'=' || operator.as_bytes().last() == Some(&next);
        (!is_longer).then_some(at + operator.len())
    }

    /// Whether the expression goes on in the next line.
    fn goes_on(&mut self, place: Where) -> bool {
        match place {
            Where::Everywhere => true,
            Where::Nowhere => false,
            Where::InBrackets if self.depth > 0 => true,
            Where::InBrackets => {
                let brackets = *self
                    .is_bracketed
                    .get_or_insert_with(|| brackets_before(self.text, self.start));
                if brackets == Brackets::Unknown {
                    self.out.doubt(Doubt::Surroundings);
                }
                brackets != Brackets::None
            }
        }
    }

    /// Whether the expression is in a directive of the C preprocessor, which ends with its line.
    fn is_directive(&self) -> bool {
        if !self.language.joins.has_macros {
            return false;
        }
        let from = self.start.saturating_sub(LOOK_BACK);
        let before = &self.text[from..self.start];
        let line = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
        line.trim_ascii_start().starts_with(b"#")
    }
}

/// Whether the operator that repeats a string begins `rest` (Perl).
fn is_repeated(rest: &[u8]) -> bool {
    matches!(rest, [b'x', next, ..] if *next == b'=' || next.is_ascii_digit() || !continues_name(*next))
        && !rest[1..].trim_ascii_start().starts_with(b"=>")
}

/// How far brackets before the expression are looked for, in bytes.
const LOOK_BACK: usize = 512;

/// Whether a bracket is open before `start`. Brackets in strings and comments are counted as well, because the
/// literals before are not read. At the beginning of a text the expression is read alone, and its lines are its own.
fn brackets_before(text: &[u8], start: usize) -> Brackets {
    if start == 0 {
        return Brackets::Open;
    }
    let from = start.saturating_sub(LOOK_BACK);
    let mut closed = 0;
    for &byte in text[from..start].iter().rev() {
        match byte {
            b')' | b']' | b'}' => closed += 1,
            b'(' | b'[' | b'{' if closed == 0 => return Brackets::Open,
            b'(' | b'[' | b'{' => closed -= 1,
            _ => {}
        }
    }
    if from == 0 {
        Brackets::None
    } else {
        Brackets::Unknown
    }
}

/// Whether the quote at `start` belongs to a prefix before it, so that the literal begins earlier.
fn has_prefix(text: &[u8], start: usize, language: &Language) -> bool {
    let Some(&before) = text[..start].last() else {
        return false;
    };
    if !(continues_name(before) || matches!(before, b'@' | b'$' | b'#' | b'\\')) {
        return false;
    }
    (1..=3.min(start)).any(|length| {
        let at = start - length;
        let is_word = at > 0 && continues_name(text[at - 1]) && continues_name(text[at]);
        !is_word
            && language
                .open(text, at)
                .is_some_and(|opened| opened.content > start)
    })
}
