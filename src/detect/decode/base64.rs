//! Base64 as it occurs in files: with either alphabet, padded or not, on one line or several (RFC
//! 4648, RFC 2045).

/// Decodes a text; `None` if it is not base64. White space is skipped. Padding may be missing, but
/// nothing may follow it. The unused bits of the last character may have any value: encoders
/// differ.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut held, mut padding) = (0u32, 0u32, 0);
    for &byte in text {
        let Some(six) = sextet(byte) else {
            match byte {
                b'=' => padding += 1,
                b'\n' | b'\r' | b' ' | b'\t' => {}
                _ => return None,
            }
            continue;
        };
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | six;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    // A single character does not encode a byte.
    (held != 6 && padding <= 2).then_some(out)
}

/// Encodes bytes with the standard alphabet and padding.
pub fn encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | u32::from(three.get(at).copied().unwrap_or(0))
        });
        for at in 0..4 {
            let six = bits >> (18 - 6 * at) & 63;
            out.push(if at <= three.len() {
                ALPHABET[six as usize].into()
            } else {
                '='
            });
        }
    }
    out
}

/// The entry of [`SEXTETS`] for bytes in neither alphabet.
const NOTHING: u8 = 64;
/// The value of each byte in either alphabet.
const SEXTETS: [u8; 256] = {
    let mut table = [NOTHING; 256];
    let mut at = 0;
    while at < 26 {
        table[b'A' as usize + at] = at as u8;
        table[b'a' as usize + at] = at as u8 + 26;
        if at < 10 {
            table[b'0' as usize + at] = at as u8 + 52;
        }
        at += 1;
    }
    (table[b'-' as usize], table[b'+' as usize]) = (62, 62);
    (table[b'_' as usize], table[b'/' as usize]) = (63, 63);
    table
};

/// The six bits of a character of either alphabet; `None` for another byte.
pub fn sextet(byte: u8) -> Option<u32> {
    Some(SEXTETS[usize::from(byte)])
        .filter(|&six| six != NOTHING)
        .map(u32::from)
}

/// Decodes four characters to three bytes; `None` if one of them is not a character of base64.
pub fn three(characters: &[u8; 4]) -> Option<[u8; 3]> {
    let mut bits = 0;
    for &byte in characters {
        bits = bits << 6 | sextet(byte)?;
    }
    let [_, bytes @ ..] = bits.to_be_bytes();
    Some(bytes)
}

/// Decodes sixteen characters to twelve bytes; `None` if one of them is not a character of base64.
pub fn twelve(characters: &[u8; 16]) -> Option<[u8; 12]> {
    let mut out = [0; 12];
    for (four, bytes) in characters.as_chunks().0.iter().zip(out.as_chunks_mut().0) {
        *bytes = three(four)?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::Engine;
    use ::base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sixteen_are_twelve(characters in "[A-Za-z0-9+/_=-]{16}") {
            let twelve = twelve(characters.as_bytes().first_chunk().unwrap());
            let expected = decode(characters.as_bytes()).filter(|_| !characters.contains('='));
            prop_assert_eq!(twelve.map(|bytes| bytes.to_vec()), expected);
        }

        #[test]
        fn what_we_encode_is_what_others_do(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(encode(&bytes), STANDARD.encode(&bytes));
        }

        #[test]
        fn what_others_encode_is_decoded(bytes in prop::collection::vec(any::<u8>(), 0..100), width in 1usize..80) {
            for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                let text = engine.encode(&bytes).into_bytes();
                prop_assert_eq!(decode(&text), Some(bytes.clone()));
                prop_assert_eq!(decode(&text.chunks(width).collect::<Vec<_>>().join(&b"\r\n  "[..])), Some(bytes.clone()));
            }
        }
    }

    #[test]
    fn what_is_no_base64() {
        for text in ["a", "abcde", "ab=c", "ab===", "a.bc", "ab\0c"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
