//! The properties of a language: its literals, joins and comments.

use super::literal_form::{Form, Opened};

/// A language, as far as its literals need it.
#[derive(Debug)]
pub(super) struct Language {
    /// The forms of literals. A form whose opening begins with that of another comes before it.
    pub forms: &'static [Form],
    /// Finds the literals that a table cannot list, at an offset. It is asked before the table.
    pub special: fn(&[u8], usize) -> Special,
    /// How literals are joined.
    pub joins: Joins,
    /// How comments are written.
    pub comments: Comments,
    /// How quotes are written that are no strings.
    pub quotes: Quotes,
}

/// The result of a language's own search at an offset, beyond its tables.
#[derive(Debug)]
pub(super) enum Special {
    /// Nothing: the table decides.
    Ordinary,
    /// A literal.
    Literal(Opened),
    /// No literal, although the table has a form for it.
    NoLiteral,
}

/// How literals are joined.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joins {
    /// The operators that join two strings.
    pub operators: &'static [&'static str],
    /// Where an operator may be at the beginning of the next line.
    pub leading: Where,
    /// Where two literals without an operator are joined.
    pub adjacent: Adjacent,
    /// What continues a line at its end.
    pub continuation: &'static str,
    /// Whether a name between literals is a macro for a literal (C).
    pub has_macros: bool,
    /// Whether `%` and `*` behind a literal change it.
    pub has_string_operators: bool,
    /// Whether a method of the literal may be called in the next line.
    pub has_method_lines: bool,
}

/// Where an expression goes on in the next line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// Everywhere.
    Everywhere,
    /// Within brackets only.
    InBrackets,
    /// Nowhere.
    Nowhere,
}

/// Where two literals without an operator are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adjacent {
    /// Nowhere.
    Never,
    /// In a line, and in the next lines as the value says.
    Joined(Where),
}

/// How comments are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comments {
    /// What begins a comment that ends with its line.
    pub line: &'static [&'static str],
    /// What begins and ends other comments.
    pub block: Option<(&'static str, &'static str)>,
    /// Whether block comments may be nested.
    pub is_nested: bool,
}

/// How quotes are written that are no strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// There are none.
    None,
    /// `'c'` is a character.
    Character,
    /// `'c'` is a character, and `'name` without a closing quote is a name (Rust, Scala).
    CharacterOrName,
    /// `/…/` is a regular expression where a value may begin.
    Regex,
    /// `'` is part of numbers and names, or quotes something that is no string.
    Perl,
}

/// A language that finds no literals by more than its table.
pub(super) fn ordinary(_: &[u8], _: usize) -> Special {
    Special::Ordinary
}

/// `//` and `/* … */`.
pub(super) const C_COMMENTS: Comments = Comments {
    line: &["//"],
    block: Some(("/*", "*/")),
    is_nested: false,
};

/// `#` only.
pub(super) const HASH_COMMENTS: Comments = Comments {
    line: &["#"],
    block: None,
    is_nested: false,
};

/// `+`, which may begin the next line.
pub(super) const PLUS: Joins = Joins {
    operators: &["+"],
    leading: Where::Everywhere,
    adjacent: Adjacent::Never,
    continuation: "",
    has_macros: false,
    has_string_operators: false,
    has_method_lines: true,
};

impl Language {
    /// The literal that begins at `at`.
    pub fn open(&self, text: &[u8], at: usize) -> Option<Opened> {
        match (self.special)(text, at) {
            Special::Literal(opened) => Some(opened),
            Special::NoLiteral => None,
            Special::Ordinary => {
                let rest = text.get(at..)?;
                let mut forms = self.forms.iter();
                let form = forms.find(|form| rest.starts_with(form.opening.as_bytes()))?;
                Some(form.opened(at))
            }
        }
    }

    /// The offset behind the comment that begins at `at`; the end of the text if the comment does not end.
    pub fn comment_end(&self, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        if let Some((open, close)) = self.comments.block
            && rest.starts_with(open.as_bytes())
        {
            return Some(self.block_comment_end(text, at + open.len(), open, close));
        }
        let mut begins = self.comments.line.iter();
        begins
            .any(|begin| rest.starts_with(begin.as_bytes()))
            .then(|| {
                let length = memchr::memchr2(b'\n', b'\r', rest);
                at + length.unwrap_or(rest.len())
            })
    }

    fn block_comment_end(&self, text: &[u8], at: usize, open: &str, close: &str) -> usize {
        let (open, close) = (open.as_bytes(), close.as_bytes());
        let mut depth = 1;
        let mut at = at;
        while let Some(found) = memchr::memchr2(open[0], close[0], &text[at..]) {
            at += found;
            if text[at..].starts_with(close) {
                at += close.len();
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            } else if self.comments.is_nested && text[at..].starts_with(open) {
                at += open.len();
                depth += 1;
            } else {
                at += 1;
            }
        }
        text.len()
    }

    /// The offset behind white space, comments and continued lines; also behind line ends if `over_lines` is set.
    pub fn skip_blank(&self, text: &[u8], at: usize, over_lines: bool) -> usize {
        let continuation = self.joins.continuation.as_bytes();
        let mut at = at;
        while let Some(&byte) = text.get(at) {
            let is_space = matches!(byte, b' ' | b'\t' | 0x0B | 0x0C);
            let is_line = over_lines && matches!(byte, b'\n' | b'\r');
            if !continuation.is_empty()
                && text[at..].starts_with(continuation)
                && let Some(length) = super::escape_digits::line_end(text, at + continuation.len())
            {
                at += continuation.len() + length;
            } else if is_space || is_line {
                at += 1;
            } else if let Some(end) = self.comment_end(text, at) {
                at = end;
            } else {
                break;
            }
        }
        at
    }
}
