//! Finds the end of an expression within a literal.

/// The offset behind an expression within a literal, such as `${…}`: its code begins at `at`, and ends with `close`.
/// Brackets and strings within the code may be nested. `None` if it does not end in the text.
pub(super) fn end(text: &[u8], at: usize, close: u8) -> Option<usize> {
    // The open brackets and quotes: closing brackets for code, and quotes for strings in it.
    let mut open = vec![close];
    let mut at = at;
    while let Some(&byte) = text.get(at) {
        let last = *open.last()?;
        let is_string = matches!(last, b'"' | b'\'' | b'`');
        at += 1;
        if byte == last {
            open.pop();
            if open.is_empty() {
                return Some(at);
            }
        } else if byte == b'\\' {
            if is_string && text.get(at) == Some(&b'(') {
                open.push(b')');
            }
            at += 1;
        } else if is_string {
            if matches!(byte, b'$' | b'#') && text.get(at) == Some(&b'{') {
                open.push(b'}');
                at += 1;
            }
        } else {
            match byte {
                b'{' => open.push(b'}'),
                b'(' if close == b')' => open.push(b')'),
                b'"' | b'\'' | b'`' => open.push(byte),
                _ => {}
            }
        }
    }
    None
}
