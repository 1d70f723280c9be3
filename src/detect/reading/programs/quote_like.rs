//! Finds the end of the quote-like operators of Perl and Ruby.

use super::escape::continues_name;
use super::ruby::closing_bracket;

/// The offset behind the operator with this name at `at`: `q{…}`, `qw(…)`, `m{…}`, `s/…/…/`, `tr/…/…/`.
pub(super) fn end(text: &[u8], at: usize, name: &[u8]) -> Option<usize> {
    let parts = match name {
        b"q" | b"qq" | b"qw" | b"qr" | b"qx" | b"m" => 1,
        b"s" | b"tr" | b"y" => 2,
        _ => return None,
    };
    let begin = at + name.len();
    let blank = text[begin..]
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    let open = *text.get(begin + blank)?;
    let is_other = continues_name(open) || matches!(open, b',' | b';' | b')' | b'}' | b'=');
    if is_other || (open == b'#' && blank > 0) {
        return None;
    }
    let close = closing_bracket(open);
    let mut end = part_end(text, begin + blank + 1, open, close)?;
    if parts == 2 && open == close {
        end = part_end(text, end, open, close)?;
    } else if parts == 2 {
        let blank = text[end..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let open = *text.get(end + blank)?;
        end = part_end(text, end + blank + 1, open, closing_bracket(open))?;
    }
    Some(end)
}

/// The offset behind a list, a regular expression or a command of Ruby: `%w[…]`, `%r{…}`, `%x(…)`.
pub(super) fn percent_end(text: &[u8], at: usize) -> Option<usize> {
    let [b'w' | b'W' | b'i' | b'I' | b'r' | b'x' | b's', open, ..] = text.get(at + 1..)? else {
        return None;
    };
    let is_delimiter = open.is_ascii_punctuation() && *open != b'=';
    is_delimiter.then(|| part_end(text, at + 3, *open, closing_bracket(*open)))?
}

/// The offset behind a part whose content begins at `at`.
fn part_end(text: &[u8], at: usize, open: u8, close: u8) -> Option<usize> {
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
