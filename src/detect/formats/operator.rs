//! The operator between a name and its value.

use super::line_bytes::{is_name, skip_space};

/// The operator at or after `at`, and the offset of the value behind it.
pub(super) fn operator(text: &[u8], at: usize) -> Option<(usize, &'static [u8])> {
    let (from, at) = (at, skip_space(text, declared(text, at)));
    let rest = text.get(at..)?;
    let operator: &[u8] = match rest {
        [b'=', b'=', b'=', ..] => b"===",
        [b'=', b'=', ..] => b"==",
        [b'!', b'=', b'=', ..] => b"!==",
        [b'!', b'=', ..] => b"!=",
        [b'=', b'>', ..] => b"=>",
        [b':', b'=', ..] => b":=",
        [b'?', b'=', ..] => b"?=",
        [b'|', b'|', b'=', ..] => b"||=",
        [b'|', b'|', ..] => b"||",
        [b'?', b'?', ..] => b"??",
        [b'?', b':', ..] => b"?:",
        [b'<', b'-', ..] => b"<-",
        [b'-', b'>', ..] => b"->",
        [b'+', b'=', ..] => b"+=",
        [b'=', ..] => b"=",
        [b':', ..] => b":",
        _ => return None,
    };
    // `password?: string`: a property that may be missing.
    if operator == b"?:" && at == from {
        return None;
    }
    // `::` is a path, `:` before a slash a URL.
    if operator == b":" && matches!(rest.get(1), Some(b':')) {
        return None;
    }
    Some((skip_space(text, at + operator.len()), operator))
}

/// The offset behind a declaration between a name and its operator: ` As String`, ` { get; set; }`.
fn declared(text: &[u8], at: usize) -> usize {
    // Every declaration begins like this.
    let is_declared = match text.get(at) {
        Some(b',') => true,
        Some(b' ') => matches!(
            text.get(at + 1),
            Some(b'{' | b'a' | b'A' | b's' | b't' | b'*' | b'[')
        ),
        _ => false,
    };
    if !is_declared {
        return at;
    }
    let rest = &text[at..text.len().min(at + 64)];
    let rest = &rest[..rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len())];
    let end = if let Some(end) = second_result(rest) {
        Some(end)
    } else if rest.starts_with(b" { get") {
        rest.iter().position(|&b| b == b'}').map(|end| end + 1)
    } else if rest
        .get(..4)
        .is_some_and(|word| word.eq_ignore_ascii_case(b" as "))
    {
        // A type is one word, or two with `New`.
        let end = rest.iter().position(|&b| b == b'=');
        end.filter(|&end| {
            let words = rest[4..end].split(u8::is_ascii_whitespace);
            words.filter(|word| !word.is_empty()).count() <= 2 && !rest[..end].contains(&b'/')
        })
    } else {
        type_before_value(rest)
    };
    at + end.unwrap_or(0)
}

/// The offset behind the other name in `key, err := f()`, as in Go.
fn second_result(rest: &[u8]) -> Option<usize> {
    let name = rest.strip_prefix(b",")?;
    let name = name.strip_prefix(b" ").unwrap_or(name);
    let length = name
        .iter()
        .take(16)
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .count();
    let operator = name[length..].trim_ascii_start();
    let is_assigned =
        operator.starts_with(b":=") || (operator.starts_with(b"= ") && rest.starts_with(b", "));
    (length > 0 && is_assigned).then(|| rest.len() - name.len() + length)
}

/// The length of a type between a name and `=`: ` string`, as in Go and Bicep.
fn type_before_value(rest: &[u8]) -> Option<usize> {
    const TYPES: [&[u8]; 6] = [
        b"string",
        b"*string",
        b"[]byte",
        b"str",
        b"text",
        b"securestring",
    ];
    let word = rest.strip_prefix(b" ")?;
    let end = word.iter().position(|&b| b == b' ')?;
    let is_assigned = word[end..].starts_with(b" = ");
    (is_assigned && TYPES.contains(&&word[..end])).then_some(end + 1)
}

/// The operator behind a type that begins at `at`, and the offset of the value behind it.
pub(super) fn after_type(text: &[u8], at: usize) -> Option<(usize, &'static [u8])> {
    let len = text[at..]
        .iter()
        .take(64)
        .take_while(|&&b| {
            is_name(b) || matches!(b, b'[' | b']' | b'<' | b'>' | b'?' | b'|' | b'&' | b'*')
        })
        .count();
    if len == 0 {
        None
    } else {
        operator(text, at + len)
    }
}
