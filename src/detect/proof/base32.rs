//! Base32 (RFC 4648, section 6), in either case, without padding.

/// Decodes the whole bytes of a text, and drops the bits after them; `None` at another character.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut held) = (0u32, 0);
    for &byte in text {
        let five = match byte.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u32::from(five);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

/// Encodes bytes in lower case.
pub fn encode(bytes: &[u8]) -> String {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let five = |at: usize| (0..5).fold(0, |five, n| five << 1 | bit(5 * at + n));
    let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
    (0..(bytes.len() * 8).div_ceil(5))
        .map(|at| char::from(alphabet[five(at) as usize]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes.clone()));
            prop_assert_eq!(decode(encode(&bytes).to_uppercase().as_bytes()), Some(bytes));
        }
    }

    #[test]
    fn what_is_no_base32() {
        assert_eq!(decode(b"MZXW6"), Some(b"foo".to_vec()));
        assert_eq!(decode(b"MZ1"), None);
    }
}
