//! Finds the comments and the literals of a program.

use std::collections::VecDeque;
use std::ops::Range;

use super::super::Stop;
use super::escape_digits::{begins_name, continues_name, name_length};
use super::heredoc;
use super::language::{Language, Quotes};
use super::{quote_like, regex};
use crate::finding::Syntax;

/// A comment or a literal.
pub(super) struct Span {
    /// Its extent.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// The kind of a span.
pub(super) enum Kind {
    /// A comment.
    Comment,
    /// A literal that begins at this offset: that of its span, or that of the tag of a heredoc.
    Literal(usize),
}

/// Reads a program from its beginning.
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    syntax: Syntax,
    language: &'a Language,
    at: usize,
    /// The bytes before `at`, without white space.
    before: Before,
    /// The heredocs of the line, whose text begins in the next line.
    heredocs: VecDeque<(usize, heredoc::Tag)>,
    /// How many quotes of the line, and how many of the text, began no literal.
    failures: (usize, usize),
    /// Whether the text is a program here, and not markup around it (PHP).
    is_program: bool,
}

/// The kind of the bytes before an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// Something behind which a value may begin.
    Operator,
    /// A value, behind which an operator is expected.
    Value,
    /// A name that may be a value or a function without brackets.
    Name,
}

/// How many quotes may begin no literal in a line, and how many in the text. The bounds keep the time linear.
const MOST_FAILURES: (usize, usize) = (64, 64);

impl<'a> Lexer<'a> {
    /// Begins at the beginning of a text.
    pub fn new(text: &'a [u8], syntax: Syntax, language: &'a Language) -> Self {
        Self {
            text,
            syntax,
            language,
            at: 0,
            before: Before::Operator,
            heredocs: VecDeque::new(),
            failures: (0, 0),
            is_program: syntax != Syntax::Php || memchr::memmem::find(text, b"<?").is_none(),
        }
    }

    /// The next comment or literal.
    pub fn next_span(&mut self) -> Option<Span> {
        if self.at == 0
            && let Some(end) = self.documentation_end()
        {
            return self.span(end, true);
        }
        while let Some(&byte) = self.text.get(self.at) {
            if !self.is_program {
                self.skip_markup();
                continue;
            }
            let span = match byte {
                b' ' | b'\t' => {
                    self.at += 1;
                    None
                }
                b'\n' | b'\r' => self.line_end(),
                _ if begins_name(byte) => self.name(),
                _ => self.comment(byte).or_else(|| self.token(byte)),
            };
            if span.is_some() {
                return span;
            }
        }
        None
    }

    /// Skips what is before the next program in a file of PHP.
    fn skip_markup(&mut self) {
        let begin = memchr::memmem::find(&self.text[self.at..], b"<?");
        self.at = begin.map_or(self.text.len(), |length| self.at + length + 2);
        self.is_program = true;
        self.before = Before::Operator;
    }

    /// Skips a line end, behind which heredocs and documentation may begin.
    fn line_end(&mut self) -> Option<Span> {
        self.failures.0 = 0;
        let is_end = self.text[self.at] == b'\n';
        if is_end && let Some((start, tag)) = self.heredocs.pop_front() {
            let content = self.at + 1;
            let name = &self.text[tag.name.clone()];
            let end = heredoc::terminator(self.text, content, name, tag.sign.is_some());
            // The end of a heredoc is a line end, behind which the next one begins.
            if let Some((_, end)) = end {
                self.at = end;
                return Some(Span {
                    range: content..end,
                    kind: Kind::Literal(start),
                });
            }
            self.failures.1 += 1;
        }
        self.at += 1;
        let end = self.documentation_end()?;
        self.span(end, true)
    }

    /// The offset behind documentation that begins with a line: `=pod` to `=cut`, `=begin` to `=end`.
    fn documentation_end(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        if !matches!(rest.first(), Some(b'=' | b'_')) {
            return None;
        }
        let close: &[u8] = match self.syntax {
            Syntax::Perl if rest.first() == Some(&b'=') && begins_name(*rest.get(1)?) => b"\n=cut",
            Syntax::Ruby if rest.starts_with(b"=begin") => b"\n=end",
            Syntax::Perl | Syntax::Ruby
                if (rest.starts_with(b"__END__") || rest.starts_with(b"__DATA__")) =>
            {
                return Some(self.text.len());
            }
            _ => return None,
        };
        let length = memchr::memmem::find(rest, close);
        Some(length.map_or(self.text.len(), |length| self.at + length + close.len()))
    }

    /// A comment at the offset.
    fn comment(&mut self, byte: u8) -> Option<Span> {
        if !matches!(byte, b'/' | b'#' | b'-' | b'\'') {
            return None;
        }
        let mut end = self.language.comment_end(self.text, self.at)?;
        if self.syntax == Syntax::Lua
            && let Some(opened) = self.language.open(self.text, self.at + 2)
            && opened.content > self.at + 3
            && self.text[self.at + 2] == b'['
        {
            // A long comment has the brackets of a long string.
            end = opened
                .extent(self.text)
                .map_or(self.text.len(), |(_, end)| end);
        }
        if self.syntax == Syntax::Php {
            if self.text[self.at..].starts_with(b"#[") {
                return None;
            }
            let comment = &self.text[self.at..end];
            let is_line = !comment.starts_with(b"/*");
            if is_line && let Some(length) = memchr::memmem::find(comment, b"?>") {
                end = self.at + length;
            }
        }
        self.span(end, true)
    }

    /// A token of code, or a literal.
    fn token(&mut self, byte: u8) -> Option<Span> {
        if byte.is_ascii_digit() {
            self.number();
            return None;
        }
        if self.syntax == Syntax::Php && self.text[self.at..].starts_with(b"?>") {
            self.is_program = false;
            self.at += 2;
            return None;
        }
        match (byte, self.language.quotes) {
            (b'$', Quotes::Perl) => {
                self.variable();
                None
            }
            (b'\'', Quotes::Character | Quotes::CharacterOrName) => {
                self.character();
                None
            }
            (b'<', _) if matches!(self.syntax, Syntax::Ruby | Syntax::Perl) => match self.heredoc()
            {
                true => None,
                false => self.operator(byte),
            },
            (b'/', Quotes::Regex | Quotes::Perl) => {
                let is_allowed = self.may_begin_value() && self.failures.0 < MOST_FAILURES.0;
                let end = is_allowed.then(|| regex::end(self.text, self.at));
                match end.flatten() {
                    Some(end) => self.span(end, false),
                    None => {
                        self.failures.0 += 1;
                        self.operator(byte)
                    }
                }
            }
            (b'$', _) if self.syntax == Syntax::Ruby => {
                self.variable();
                None
            }
            (b'`', _)
                if self.failures.1 < MOST_FAILURES.1
                    && matches!(self.syntax, Syntax::Ruby | Syntax::Perl | Syntax::Php) =>
            {
                match quote_like::part_end(self.text, self.at + 1, b'`', b'`') {
                    Some(end) => self.span(end, false),
                    None => self.unclosed(byte),
                }
            }
            (b'%', _) if !self.may_begin_value() => self.operator(byte),
            (b'%', _)
                if quote_like::is_percent(self.text, self.at)
                    && self.syntax == Syntax::Ruby
                    && self.failures.1 < MOST_FAILURES.1 =>
            {
                match quote_like::percent_end(self.text, self.at) {
                    Some(end) => self.span(end, false),
                    None => self.unclosed(byte),
                }
            }
            (b'?', _) if self.syntax == Syntax::Ruby && self.is_ruby_character() => {
                self.at += 2;
                self.before = Before::Value;
                None
            }
            (b'"' | b'\'' | b'`' | b'<' | b'%' | b'[' | b'@' | b'$' | b'#', _) => {
                self.literal(byte)
            }
            _ => self.operator(byte),
        }
    }

    /// A literal, or a byte that begins none.
    fn literal(&mut self, byte: u8) -> Option<Span> {
        if self.failures.0 >= MOST_FAILURES.0 || self.failures.1 >= MOST_FAILURES.1 {
            return self.operator(byte);
        }
        let Some(opened) = self.language.open(self.text, self.at) else {
            return self.operator(byte);
        };
        match opened.extent(self.text) {
            Ok((_, end)) => self.span(end, false),
            Err(Stop::Unfinished) if opened.form.has_lines => self.span(self.text.len(), false),
            Err(stop) => {
                self.failures.0 += 1;
                self.failures.1 += usize::from(stop == Stop::Unfinished);
                self.operator(byte)
            }
        }
    }

    /// A name, or a literal that begins with one.
    fn name(&mut self) -> Option<Span> {
        let length = name_length(self.text, self.at);
        let end = self.at + length;
        let next = self.text.get(end).copied().unwrap_or(b' ');
        let begins_literal = matches!(next, b'"' | b'\'' | b'`' | b'#');
        if begins_literal
            && let Some(opened) = self.language.open(self.text, self.at)
            && opened.content > end
        {
            return self.literal(next);
        }
        let name = &self.text[self.at..end];
        if self.language.quotes == Quotes::Perl && !self.is_perl_name() {
            let end = quote_like::content(self.text, self.at, name);
            if let Some(content) = end.filter(|_| self.failures.1 < MOST_FAILURES.1) {
                match quote_like::end(self.text, content, name) {
                    Some(end) => return self.span(end, false),
                    None => self.failures.1 += 1,
                }
            }
        }
        self.before = if is_keyword(name) {
            Before::Operator
        } else {
            Before::Name
        };
        self.at = end;
        None
    }

    /// Whether the name at the offset names a method or a hash key of Perl, and no operator.
    fn is_perl_name(&self) -> bool {
        let before = &self.text[..self.at];
        before.ends_with(b"->")
            || before.ends_with(b"-")
            || before.ends_with(b"&")
            || before.ends_with(b"%")
            || before.ends_with(b"@")
    }

    /// Skips a number. C++ and others separate its digits with quotes.
    fn number(&mut self) {
        let is_separated = matches!(self.syntax, Syntax::C | Syntax::ObjectiveC);
        while let Some(&byte) = self.text.get(self.at) {
            let is_quote = byte == b'\'' && is_separated;
            let next = self.text.get(self.at + 1).copied().unwrap_or(b' ');
            let is_number = continues_name(byte) || (is_quote && next.is_ascii_alphanumeric());
            if !is_number {
                break;
            }
            self.at += 1;
        }
        self.before = Before::Value;
    }

    /// Skips a variable of Perl, whose name may be a quote.
    fn variable(&mut self) {
        let next = self.text.get(self.at + 1).copied().unwrap_or(b' ');
        self.at += match next {
            b'#' | b'"' | b'\'' | b'`' | b'/' | b'$' | b'&' | b';' | b',' => 2,
            _ => 1 + name_length(self.text, self.at + 1),
        };
        self.before = Before::Value;
    }

    /// Skips a character in quotes, or a quote that begins none.
    fn character(&mut self) {
        const LONGEST: usize = 12;
        let rest = &self.text[self.at + 1..];
        let is_name = self.language.quotes == Quotes::CharacterOrName;
        let most = if is_name && rest.first() != Some(&b'\\') {
            5
        } else {
            LONGEST
        };
        let mut at = 0;
        while let Some(&byte) = rest.get(at).filter(|_| at < most) {
            match byte {
                b'\n' | b'\r' => break,
                b'\'' if at > 0 => {
                    let inner = &rest[..at];
                    let count =
                        std::str::from_utf8(inner).map_or(at, |inner| inner.chars().count());
                    if !is_name || count == 1 || inner[0] == b'\\' {
                        self.at += at + 2;
                        self.before = Before::Value;
                        return;
                    }
                    break;
                }
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.at += 1;
        self.before = Before::Operator;
    }

    /// Skips the tag of a heredoc of Ruby or Perl, and keeps it for the next line.
    fn heredoc(&mut self) -> bool {
        if !self.may_begin_value() || self.failures.1 >= MOST_FAILURES.1 {
            return false;
        }
        let Some(tag) = heredoc::tag(self.text, self.at) else {
            return false;
        };
        let start = self.at;
        self.at = tag.end;
        self.before = Before::Value;
        self.heredocs.push_back((start, tag));
        true
    }

    /// Whether `?` begins a character of Ruby such as `?"`.
    fn is_ruby_character(&self) -> bool {
        let quote = self.text.get(self.at + 1);
        let next = self.text.get(self.at + 2).copied().unwrap_or(b' ');
        self.before == Before::Operator
            && matches!(quote, Some(b'"' | b'\''))
            && !continues_name(next)
    }

    /// Whether a value may begin at the offset, and not only an operator.
    fn may_begin_value(&self) -> bool {
        let next = self.text.get(self.at + 1).copied().unwrap_or(b' ');
        let is_apart = matches!(self.text[..self.at].last(), Some(b' ' | b'\t'));
        match self.before {
            Before::Operator => true,
            Before::Value => false,
            Before::Name => {
                let has_commands = matches!(self.syntax, Syntax::Ruby | Syntax::Perl);
                has_commands && is_apart && !matches!(next, b' ' | b'\t' | b'=' | b'\n')
            }
        }
    }

    /// Skips a byte that begins something that does not end.
    fn unclosed(&mut self, byte: u8) -> Option<Span> {
        self.failures.1 += 1;
        self.operator(byte)
    }

    /// Skips a byte that begins no literal.
    fn operator(&mut self, byte: u8) -> Option<Span> {
        self.at += 1;
        self.before = match byte {
            b')' | b']' => Before::Value,
            _ => Before::Operator,
        };
        None
    }

    /// The span from the offset to `end`.
    fn span(&mut self, end: usize, is_comment: bool) -> Option<Span> {
        let range = self.at..end;
        self.at = end;
        if !is_comment {
            self.before = Before::Value;
        }
        Some(Span {
            kind: if is_comment {
                Kind::Comment
            } else {
                Kind::Literal(range.start)
            },
            range,
        })
    }
}

/// Whether a value may begin behind a name. Names are everywhere, so the compiler compares them by their length first.
fn is_keyword(name: &[u8]) -> bool {
    matches!(
        name,
        b"return"
            | b"case"
            | b"typeof"
            | b"in"
            | b"of"
            | b"delete"
            | b"void"
            | b"throw"
            | b"new"
            | b"else"
            | b"do"
            | b"instanceof"
            | b"yield"
            | b"await"
            | b"if"
            | b"elsif"
            | b"unless"
            | b"while"
            | b"until"
            | b"and"
            | b"or"
            | b"not"
            | b"when"
            | b"then"
            | b"print"
            | b"split"
            | b"grep"
            | b"map"
            | b"join"
            | b"puts"
            | b"push"
            | b"lt"
            | b"gt"
            | b"eq"
            | b"ne"
            | b"x"
    )
}
