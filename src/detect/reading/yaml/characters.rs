//! The characters that a file of YAML may have as they are.

/// Whether readers of YAML refuse the characters, or take some of them for ends of lines that others keep.
pub(super) fn are_doubtful(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 11 | 12 | 14..=31 | 127);
    if bytes.iter().any(is_control) {
        return true;
    }
    if bytes.is_ascii() {
        return false;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return true;
    };
    text.chars().any(|character| {
        matches!(
            character,
            '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    })
}
