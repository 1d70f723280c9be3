//! Finds the end of the quote-like operators of Perl and Ruby.

use super::escape_digits::continues_name;
use super::ruby::closing_bracket;

/// The offset at which the content of the operator with this name at `at` begins, if it is an operator: `q{…}`,
/// `qw(…)`, `m{…}`, `s/…/…/`, `tr/…/…/`.
pub(super) fn content(text: &[u8], at: usize, name: &[u8]) -> Option<usize> {
    let is_known = matches!(
        name,
        b"q" | b"qq" | b"qw" | b"qr" | b"qx" | b"m" | b"s" | b"tr" | b"y"
    );
    let begin = at + name.len();
    let rest = text.get(begin..).filter(|_| is_known)?;
    let blank = rest
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    let open = *rest.get(blank)?;
    let is_other = continues_name(open) || matches!(open, b',' | b';' | b')' | b'}' | b'=');
    let is_comment = open == b'#' && blank > 0;
    (!is_other && !is_comment).then_some(begin + blank + 1)
}

/// The offset behind the operator with this name whose content begins at `content`.
pub(super) fn end(text: &[u8], content: usize, name: &[u8]) -> Option<usize> {
    let open = text[content - 1];
    let close = closing_bracket(open);
    let end = part_end(text, content, open, close)?;
    if !matches!(name, b"s" | b"tr" | b"y") {
        return Some(end);
    }
    if open == close {
        return part_end(text, end, open, close);
    }
    let blank = text[end..]
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    let open = *text.get(end + blank)?;
    part_end(text, end + blank + 1, open, closing_bracket(open))
}

/// Whether a list, a regular expression or a command of Ruby begins at `at`: `%w[…]`, `%r{…}`, `%x(…)`.
pub(super) fn is_percent(text: &[u8], at: usize) -> bool {
    match text.get(at + 1..) {
        Some([b'w' | b'W' | b'i' | b'I' | b'r' | b'x' | b's', open, ..]) => {
            open.is_ascii_punctuation() && *open != b'='
        }
        _ => false,
    }
}

/// The offset behind what [`is_percent`] found at `at`.
pub(super) fn percent_end(text: &[u8], at: usize) -> Option<usize> {
    let open = *text.get(at + 2)?;
    part_end(text, at + 3, open, closing_bracket(open))
}

/// The offset behind a part whose content begins at `at`.
pub(super) fn part_end(text: &[u8], at: usize, open: u8, close: u8) -> Option<usize> {
    /// A longer part is taken for something else, which keeps the time linear.
    const LONGEST: usize = 65_536;
    let mut depth = 0;
    let mut at = at;
    let bound = at + LONGEST;
    while at < bound {
        let byte = *text.get(at)?;
        if byte == close {
            if depth == 0 {
                return Some(at + 1);
            }
            depth -= 1;
        } else if byte == open {
            depth += 1;
        }
        at += if byte == b'\\' { 2 } else { 1 };
    }
    None
}
