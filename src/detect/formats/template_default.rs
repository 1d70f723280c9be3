//! Literals within a template that are its value if a variable is not set: `{{ .Values.password | default "x" }}`,
//! `${PASSWORD:-x}`, `<%= ENV.fetch("PASSWORD", "x") %>`.

use std::ops::Range;

use super::line_bytes::skip_space;
use crate::steps;

/// The most bytes of a template that are read.
const LONGEST: usize = 512;

/// The opening and closing marks of templates with expressions.
const MARKS: [(&[u8], &[u8]); 4] = [
    (b"${{", b"}}"),
    (b"{{", b"}}"),
    (b"<%=", b"%>"),
    (b"#{", b"}"),
];

/// The marks before a default in an expression. Those of the second group also come before other literals.
const BEFORE: [&[&[u8]]; 2] = [
    &[
        b"default",
        b"d(",
        b"||",
        b"??",
        b"?:",
        b" or ",
        b"coalesce",
        b"else ",
    ],
    &[b",", b"{ "],
];

/// The default of the template that is the whole of `line`, without the quotes around it. Ranges are bytes of `line`.
/// `None` if no template begins there, or it has no default.
pub(super) fn default_of(line: &[u8]) -> Option<Range<usize>> {
    let line = &line[..line.len().min(LONGEST)];
    let quote = line.first().copied().filter(|b| matches!(b, b'"' | b'\''));
    let start = usize::from(quote.is_some());
    let body = &line[start..];
    let found = MARKS.iter().find(|(open, _)| body.starts_with(open));
    let (value, end) = match found {
        Some((open, close)) => {
            let inner = start + open.len();
            steps::count(line.len() / steps::AT_ONCE + 1);
            let end = inner + memchr::memmem::find(&line[inner..], close)?;
            (in_expression(line, inner..end)?, end + close.len())
        }
        None if body.starts_with(b"${") => of_variable(line, start + 2)?,
        None => return None,
    };
    // Text beside the template makes another value.
    let end = end + usize::from(quote.is_some() && line.get(end) == quote.as_ref());
    let rest = line[end..].trim_ascii();
    let ends = rest.is_empty()
        || matches!(rest[0], b'#' | b',' | b';' | b'}' | b']' | b')')
        || rest.starts_with(b"//");
    (ends && !value.is_empty()).then_some(value)
}

/// The default of a variable of shells, Compose or Spring, whose name begins at `at`, and the end of the template.
fn of_variable(line: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let is_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
    let at = at + line[at..].iter().take_while(is_name).count();
    let start = match line.get(at..)? {
        [b':', b'-' | b'=', ..] => at + 2,
        [b'-' | b'=', ..] => at + 1,
        [b':', b'?' | b'+', ..] => return None,
        [b':', ..] => at + 1,
        _ => return None,
    };
    steps::count(line.len() - start);
    let end = start
        + line[start..]
            .iter()
            .position(|&b| matches!(b, b'}' | b'$' | b'{'))?;
    if line[end] != b'}' {
        return None;
    }
    let value = match &line[start..end] {
        [open @ (b'"' | b'\''), inner @ .., close] if open == close && !inner.contains(open) => {
            start + 1..end - 1
        }
        [b'"' | b'\'', ..] => return None,
        _ => start..end,
    };
    Some((value, end + 1))
}

/// The literal that an expression of a template has as a default.
fn in_expression(line: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    // The arguments of these name a value that is elsewhere.
    const ELSEWHERE: [&[u8]; 2] = [b"lookup(", b"query("];
    let is_elsewhere = ELSEWHERE
        .iter()
        .any(|call| memchr::memmem::find(&line[range.clone()], call).is_some());
    BEFORE[..if is_elsewhere { 1 } else { BEFORE.len() }]
        .iter()
        .find_map(|marks| behind_mark(line, range.clone(), marks))
}

/// The first literal behind one of the marks.
fn behind_mark(line: &[u8], range: Range<usize>, marks: &[&[u8]]) -> Option<Range<usize>> {
    let mut at = range.start;
    while at < range.end {
        let word = marks
            .iter()
            .find(|word| line[at..range.end].starts_with(word));
        let Some(word) = word else {
            at += 1;
            continue;
        };
        at += word.len();
        let mut open = skip_space(line, at);
        if *word == b"default".as_slice() || *word == b"coalesce".as_slice() {
            while matches!(line.get(open), Some(b'(' | b'=' | b':' | b' ')) {
                open += 1;
            }
        }
        if let Some(value) = literal(line, open, range.end) {
            return Some(value);
        }
    }
    None
}

/// The content of the literal that begins at `at`. The template may be within a string, which escapes its quotes.
fn literal(line: &[u8], at: usize, end: usize) -> Option<Range<usize>> {
    let slashes = usize::from(line.get(at) == Some(&b'\\'));
    let quote = *line
        .get(at + slashes)
        .filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let start = at + slashes + 1;
    let length = line.get(start..end)?.iter().position(|&b| b == quote)?;
    let content = &line[start..start + length];
    let content = match slashes {
        0 => content,
        _ => content.strip_suffix(b"\\")?,
    };
    // An escape needs a reader of the inner language.
    (!content.is_empty() && !content.contains(&b'\\')).then_some(start..start + content.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_of_templates_are_values() {
        for (line, expected) in [
            (
                "{{ .Values.password | default \"x1\" | quote }}",
                Some("x1"),
            ),
            ("{{ default \"x1\" .Values.password }}", Some("x1")),
            (
                "\"{{ lookup('env', 'A') | default('x1', true) }}\"",
                Some("x1"),
            ),
            (
                "\"{{ lookup('env', 'A_TOKEN') | default('x1') }}\"",
                Some("x1"),
            ),
            ("\"{{ lookup('community.general.keyring', 'a b') }}\"", None),
            ("'{{ a | d(\"x1\") }}' # b", Some("x1")),
            ("${{ secrets.A || 'x1' }}", Some("x1")),
            ("<%= ENV.fetch(\"A\", \"x1\") %>", Some("x1")),
            ("<%= ENV['A'] || 'x1' %>", Some("x1")),
            ("<%= ENV.fetch(\"A\") { \"x1\" } %>", Some("x1")),
            ("${A:-x1}", Some("x1")),
            ("\"${A-x1}\"", Some("x1")),
            ("${a.b:x1}", Some("x1")),
            ("${A:-'x1'}", Some("x1")),
            ("${A:-${B}}", None),
            ("${A:?x1}", None),
            ("${A}", None),
            ("${A:-x1}y", None),
            ("{{ a | default(b) }}", None),
            ("{{ a | default('') }}", None),
            ("x1", None),
        ] {
            let found = default_of(line.as_bytes());
            assert_eq!(found.map(|range| &line[range]), expected, "{line}");
        }
    }
}
