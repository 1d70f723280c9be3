//! Distinguishes text from random bytes by its first bytes.

/// Whether twelve bytes look like text. Random bytes do once in a hundred thousand times.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(in_text)
        || bytes
            .as_chunks::<2>()
            .0
            .iter()
            .all(|[low, high]| in_text(low) && *high == 0)
        || bytes.starts_with(&GZIP)
}

/// Whether these can be the first three bytes of twelve that [`is_text`] accepts.
pub(super) fn may_be_text(three: [u8; 3]) -> bool {
    let [first, second, third] = &three;
    in_text(first) && in_text(third) && (in_text(second) || *second == 0) || three == GZIP
}

fn in_text(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

/// The first bytes of a gzip stream (RFC 1952): the magic number, and deflate as the method.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
