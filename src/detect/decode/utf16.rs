//! Decoding of UTF-16, as Windows writes it.

/// The order of the two bytes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// The low byte comes first.
    Little,
    /// The high byte comes first.
    Big,
}

impl Endian {
    /// The unit that a pair of bytes encodes.
    pub fn unit(self, pair: [u8; 2]) -> u16 {
        match self {
            Endian::Little => u16::from_le_bytes(pair),
            Endian::Big => u16::from_be_bytes(pair),
        }
    }
}

/// Converts UTF-16 to UTF-8; `None` if a unit or a surrogate pair is incomplete.
pub fn utf16(raw: &[u8], endian: Endian) -> Option<Vec<u8>> {
    let (pairs, rest) = raw.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let units = pairs.iter().map(|pair| endian.unit(*pair));
    let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
    Some(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let units: Vec<u16> = text.encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            prop_assert_eq!(utf16(&little, Endian::Little), Some(text.clone().into_bytes()));
            prop_assert_eq!(utf16(&big, Endian::Big), Some(text.into_bytes()));
        }
    }

    #[test]
    fn halves_are_none() {
        assert_eq!(utf16(b"a\0b", Endian::Little), None);
        assert_eq!(utf16(b"\x00\xd8a\0", Endian::Little), None);
    }
}
