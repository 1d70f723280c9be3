//! Decoding of hexadecimal.

/// The value of a hex digit.
pub(super) fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

/// Decodes pairs of hex digits in either case; `None` at another byte.
pub fn hex(raw: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = raw.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8))
        .collect()
}
