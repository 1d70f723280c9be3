//! Message texts of SARIF. Section numbers are those of SARIF 2.1.0.

use std::borrow::Cow;

use serde::Serialize;

/// `message` (3.11): plain text.
#[derive(Serialize)]
pub(super) struct Message {
    text: String,
}

impl Message {
    /// A message without links and placeholders, whatever names the scanned repository contains.
    pub fn plain(text: &str) -> Self {
        Self {
            text: escaped(text).into_owned(),
        }
    }
}

/// Escapes the characters that make links (brackets, 3.11.6) and placeholders (braces, 3.11.5).
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['[', ']', '\\', '{', '}']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '[' | ']' | '\\' => out.push('\\'),
            '{' | '}' => out.push(c),
            _ => {}
        }
        out.push(c);
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn messages_hold_no_link() {
        assert_eq!(
            escaped("[x](http://y) {0} \\"),
            "\\[x\\](http://y) {{0}} \\\\"
        );
    }
}
