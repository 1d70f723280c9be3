//! Bech32 (BIP 173): a name, `1`, and characters of an alphabet of 32, the last six of which are a
//! checksum.

/// The characters of the data part, in the order of their values.
const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The checksum polynomial over values of five bits.
fn polymod(values: impl Iterator<Item = u8>) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    values.fold(1, |sum, value| {
        let top = sum >> 25;
        let next = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
        (0..5)
            .filter(|bit| top >> bit & 1 == 1)
            .fold(next, |next, bit| next ^ GENERATOR[bit])
    })
}

/// The values that a name contributes to the checksum: its high bits, a zero, its low bits.
fn of_name(name: &[u8]) -> impl Iterator<Item = u8> {
    let lower = name.to_ascii_lowercase();
    let high: Vec<u8> = lower.iter().map(|byte| byte >> 5).collect();
    high.into_iter()
        .chain([0])
        .chain(lower.into_iter().map(|byte| byte & 31))
}

/// Whether the text has letters of one case only, and its checksum is right.
pub(super) fn is_right(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some(one) = memchr::memrchr(b'1', &lower) else {
        return false;
    };
    let values: Option<Vec<u8>> = lower[one + 1..]
        .iter()
        .map(|byte| ALPHABET.iter().position(|b| b == byte).map(|at| at as u8))
        .collect();
    let one_case = text == lower || text == text.to_ascii_uppercase();
    values.is_some_and(|values| one_case && polymod(of_name(&lower[..one]).chain(values)) == 1)
}

/// The six checksum characters of a text with this name and these data characters, in lower case.
pub fn checksum(name: &[u8], data: &[u8]) -> [u8; 6] {
    let values = data.iter().filter_map(|byte| {
        ALPHABET
            .iter()
            .position(|b| *b == byte.to_ascii_lowercase())
    });
    let sum = polymod(of_name(name).chain(values.map(|at| at as u8)).chain([0; 6])) ^ 1;
    std::array::from_fn(|at| ALPHABET[(sum >> (25 - 5 * at) & 31) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_standard() {
        for text in [
            "A12UEL5L",
            "a12uel5l",
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
        ] {
            assert!(is_right(text.as_bytes()), "{text}");
        }
        for text in [
            "A1G7SGD8",
            "A12UEl5L",
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxx",
            "1b",
            "",
            "x1",
        ] {
            assert!(!is_right(text.as_bytes()), "{text}");
        }
        assert_eq!(checksum(b"a", b""), *b"2uel5l");
    }
}
