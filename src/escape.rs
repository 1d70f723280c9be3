//! Escapes external text, so that it is safe on a terminal and fits on one line.
//!
//! A hostile repository chooses the names of its files: an escape sequence that clears the screen,
//! a newline and a forged finding, an override that reverses the displayed name. [`line()`] and
//! [`bytes`] replace such characters by visible escapes and keep all others. The result is for
//! display only: a backslash is not escaped, so the original cannot be recovered. The JSON formats
//! are exact instead.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns `text` as one line without control and format characters. Borrows if nothing is escaped.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unsafe_to_print) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| push(&mut out, c));
    Cow::Owned(out)
}

/// Does the same as [`line()`] for bytes. Bytes that are not UTF-8 become `\xff`.
pub fn bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return line(text);
    }
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push(&mut out, c));
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02x}").expect("a string takes everything");
        }
    }
    Cow::Owned(out)
}

fn push(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if unsafe_to_print(c) => {
            write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a string takes everything");
        }
        c => out.push(c),
    }
}

/// Whether a terminal or an editor could act on the character: control characters (terminals
/// execute C0 and some of C1), line separators, and format characters (Unicode category Cf), which
/// reorder their neighbours or are invisible.
pub(crate) fn unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_text_is_borrowed() {
        for text in [
            "",
            "src/main.rs",
            "Grüße/日本語.txt",
            r"C:\keys",
            "a b",
            "naïve 🦀",
        ] {
            assert!(
                matches!(line(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
            assert!(
                matches!(bytes(text.as_bytes()), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(line("a\x1b[2Jb"), r"a\u{1b}[2Jb");
        assert_eq!(line("one\r\ntwo\tthree"), r"one\r\ntwo\tthree");
        assert_eq!(line("\0\x7f\u{9b}31m"), r"\u{0}\u{7f}\u{9b}31m");
    }

    #[test]
    fn format_characters_are_escaped() {
        assert_eq!(
            line("x\u{202e}gpj.exe\u{2066}"),
            r"x\u{202e}gpj.exe\u{2066}"
        );
        assert_eq!(
            line("a\u{200b}b\u{feff}c\u{2028}d"),
            r"a\u{200b}b\u{feff}c\u{2028}d"
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_are_escaped() {
        assert_eq!(bytes(b"caf\xe9\n\xff"), r"caf\xe9\n\xff");
        assert_eq!(bytes(b"\xe2\x82 cut"), r"\xe2\x82 cut");
    }

    proptest::proptest! {
        #[test]
        fn the_result_is_always_one_harmless_line(raw: Vec<u8>) {
            let shown = bytes(&raw);
            proptest::prop_assert!(!shown.chars().any(unsafe_to_print));
            proptest::prop_assert_eq!(line(&shown), shown.as_ref());
        }
    }
}
