//! Translation of expressions from the syntaxes of Go and of Hyperscan to that of the `regex`
//! crate.

/// Translates Go's syntax. Go takes some characters literally that the `regex` crate does not:
/// braces that form no repetition, and brackets, `&`, `~` and a second `-` in a class (RE2's
/// syntax: <https://github.com/google/re2/wiki/Syntax>).
pub(super) fn from_go(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = String::with_capacity(source.len() + 8);
    let mut class = None;
    let mut chars = source.char_indices().peekable();
    let mut after_dash = false;
    while let Some((at, c)) = chars.next() {
        // An escaped character is copied with its backslash.
        let second_dash = std::mem::replace(&mut after_dash, c == '-') && c == '-';
        match (c, class) {
            ('\\', _) => {
                match chars.next() {
                    // `\<` is the beginning of a word in the `regex` crate.
                    Some((_, escaped @ ('<' | '>'))) => out.push(escaped),
                    Some((_, escaped)) => out.extend(['\\', escaped]),
                    None => out.push('\\'),
                }
            }
            ('{', None) if !is_repetition(&source[at..]) => out.push_str("\\{"),
            ('[', None) => {
                out.push('[');
                if let Some((_, caret)) = chars.next_if(|&(_, c)| c == '^') {
                    out.push(caret);
                }
                // At the beginning of a class, a closing bracket is literal.
                if chars.next_if(|&(_, c)| c == ']').is_some() {
                    out.push_str("\\]");
                }
                class = Some(at);
            }
            ('[', Some(_)) if bytes.get(at + 1) == Some(&b':') && source[at..].contains(":]") => {
                out.push('[');
                for (_, c) in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            ('[' | '&' | '~', Some(_)) => out.extend(['\\', c]),
            ('-', Some(_)) if second_dash => out.push_str("\\-"),
            (']', Some(_)) => {
                class = None;
                out.push(']');
            }
            _ => out.push(c),
        }
    }
    out
}

/// Whether a brace begins a repetition such as `{2,3}`.
fn is_repetition(text: &str) -> bool {
    let Some((inner, _)) = text[1..].split_once('}') else {
        return false;
    };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

/// Removes comments such as `(?# a word)`, which Hyperscan accepts.
pub(super) fn without_comments(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("(?#") {
        out.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}
