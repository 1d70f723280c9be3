//! Comments in settings. The format of a text is not known exactly, so the signs of all formats count, each where only a
//! comment can begin with it.

/// Whether a value says that the settings below its line belong to its key: it is empty, or opens an object, a list or a
/// block of text, with nothing behind it but a comment. `yaml`: a colon is before the value.
pub(super) fn opens_node(value: &[u8], yaml: bool) -> bool {
    match value {
        [] | [b'|' | b'>', ..] => true,
        [b'{' | b'[', rest @ ..] => is_all(rest),
        // A password may begin with a number sign, but not in YAML.
        [b'#', rest @ ..] => yaml || rest.first().is_none_or(u8::is_ascii_whitespace),
        // A path may begin with two slashes.
        [b'/', b'/', rest @ ..] => rest.first().is_none_or(u8::is_ascii_whitespace),
        [b'/', b'*', ..] => is_all(value),
        // An anchor, a tag, or both.
        [b'&' | b'!', ..] if yaml => {
            let mut rest = value;
            while let [b'&' | b'!', ..] = rest {
                let length = rest.iter().take_while(|b| !b.is_ascii_whitespace()).count();
                rest = rest[length..].trim_ascii_start();
            }
            rest.starts_with(b"|") || rest.starts_with(b">") || is_all(rest)
        }
        _ => false,
    }
}

/// Whether text after the end of a structure is nothing but a comment, or empty.
pub(super) fn is_all(text: &[u8]) -> bool {
    match text.trim_ascii() {
        [] | [b'#' | b';', ..] | [b'/', b'/', ..] => true,
        [b'/', b'*', rest @ ..] => {
            memchr::memmem::find(rest, b"*/").is_none_or(|end| is_all(&rest[end + 2..]))
        }
        _ => false,
    }
}

/// The length of a bare value before the comment that follows it on its line. `yaml`: a colon is before the value.
pub(super) fn start_after_value(line: &[u8], yaml: bool) -> usize {
    let begins = |at: &usize| {
        let rest = &line[*at..];
        let spaced = |length: usize| rest.get(length).is_none_or(u8::is_ascii_whitespace);
        let before = at
            .checked_sub(1)
            .is_some_and(|at| line[at].is_ascii_whitespace());
        before
            && match rest {
                [b'#', ..] => true,
                // A connection string has semicolons, a path has slashes.
                [b';', ..] => !yaml && spaced(1),
                [b'/', b'/', ..] => spaced(2),
                [b'/', b'*', ..] => true,
                _ => false,
            }
    };
    let signs = memchr::memchr3_iter(b'#', b';', b'/', line);
    signs.into_iter().find(begins).unwrap_or(line.len())
}

/// The offset after the block comment that begins at `start`.
pub(super) fn end_of_block(text: &[u8], start: usize) -> usize {
    memchr::memmem::find(&text[start..], b"*/").map_or(text.len(), |length| start + length + 2)
}

/// The text after the comments and white space at its beginning.
pub(super) fn skip_leading(mut text: &[u8]) -> &[u8] {
    loop {
        text = text.trim_ascii_start();
        text = if text.starts_with(b"/*") {
            &text[end_of_block(text, 0)..]
        } else if text.starts_with(b"#") || text.starts_with(b"//") {
            &text[memchr::memchr(b'\n', text).unwrap_or(text.len())..]
        } else {
            return text;
        };
    }
}
