//! Keys of Azure with a checksum: base64 with a signature of four characters at a fixed place,
//! ended by a Marvin checksum whose seed names the purpose of the key. The facts are from
//! github.com/microsoft/security-utilities.

use super::base32;
use crate::detect::decode::base64;

/// The published seeds, eight letters each: the purpose of the key, and a version. A service may
/// have unpublished seeds, so a checksum can prove a key but cannot refute one.
const SEEDS: [&[u8; 8]; 28] = [
    b"ACRDflt0",
    b"AbAcct00",
    b"Access00",
    b"Classic0",
    b"Default0",
    b"Device00",
    b"DpsKey00",
    b"Encryp00",
    b"Functi00",
    b"Gatewy00",
    b"GitKey00",
    b"IoTHub00",
    b"Listen00",
    b"Manage00",
    b"MastRO00",
    b"MastRW00",
    b"Master00",
    b"PAdmin00",
    b"Query000",
    b"Resour00",
    b"Send0000",
    b"SysAll00",
    b"System00",
    b"SystRO00",
    b"SystRW00",
    b"Tenant00",
    b"Unknown0",
    b"UsrPwd00",
];

/// The seed of annotated keys of every purpose.
const ANNOTATED: &[u8; 8] = b"Default0";

/// The seed of client secrets of Entra ID.
const CLIENT_SECRET: &[u8; 8] = b"AadPwd00";

/// Marvin32 (as in .NET and SymCrypt), with its two halves combined by XOR. The first letter of the
/// seed is its highest byte.
pub fn marvin(seed: &[u8; 8], data: &[u8]) -> u32 {
    let (low, high) = marvin_halves(u64::from_be_bytes(*seed), data);
    low ^ high
}

/// The low and the high half of Marvin32.
fn marvin_halves(seed: u64, data: &[u8]) -> (u32, u32) {
    let (mut low, mut high) = (seed as u32, (seed >> 32) as u32);
    let mut mix = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
    };
    let (words, rest) = data.as_chunks::<4>();
    words.iter().for_each(|word| mix(u32::from_le_bytes(*word)));
    // The last, incomplete word is padded with a byte of 0x80.
    let last = rest
        .iter()
        .chain([&0x80])
        .enumerate()
        .fold(0, |last, (at, &byte)| last | u32::from(byte) << (8 * at));
    mix(last);
    mix(0);
    (low, high)
}

/// Whether the last four decoded bytes are the checksum, under a published seed, of the bytes
/// before.
pub(super) fn identifiable(key: &[u8]) -> bool {
    let Some(bytes) = base64::decode(key) else {
        return false;
    };
    let Some((body, sum)) = bytes.split_last_chunk::<4>() else {
        return false;
    };
    SEEDS
        .iter()
        .any(|seed| marvin(seed, body).to_le_bytes() == *sum)
}

/// Number of characters of an annotated key before its checksum.
const ANNOTATED_BODY: usize = 80;

/// Whether an annotated key ends in its checksum. A key has 84 characters, or 88 with its padding:
/// after the first 80 come the first four characters of their checksum, or five and the rest of a
/// sixth.
pub(super) fn annotated(key: &[u8]) -> bool {
    let Some((body, sum)) = key.split_at_checked(ANNOTATED_BODY) else {
        return false;
    };
    let told = match sum {
        [_, _, _, _] => sum,
        [_, _, _, _, _, _, b'=', b'='] => &sum[..5],
        _ => return false,
    };
    let Some(bytes) = base64::decode(body) else {
        return false;
    };
    annotated_checksum(&bytes).starts_with(told)
}

/// The checksum of an annotated key: the bytes of the Marvin checksum, lowest byte first, as one
/// number in base 62, padded with zeros at the right.
pub fn annotated_checksum(body: &[u8]) -> Vec<u8> {
    let sum = marvin(ANNOTATED, body).to_le_bytes();
    let zeros = sum.iter().take(3).take_while(|&&byte| byte == 0).count();
    let number: [u8; 6] = super::crc::digits(u32::from_be_bytes(sum), super::crc::BASE62);
    let significant = number.iter().skip_while(|&&digit| digit == b'0');
    let mut text: Vec<u8> = std::iter::repeat_n(b'0', zeros)
        .chain(significant.copied())
        .collect();
    text.resize(text.len().max(6), b'0');
    text
}

/// Whether a client secret of Entra ID ends in the first three of the six digits of its checksum.
pub(super) fn client_secret(secret: &[u8]) -> bool {
    let Some((body, told)) = secret.split_last_chunk::<3>() else {
        return false;
    };
    body.get(3..6) == Some(b"8Q~") && client_secret_checksum(body) == *told
}

/// The three characters that end a client secret of Entra ID: the first digits, in base 66, of the
/// Marvin checksum of the characters before them.
pub fn client_secret_checksum(body: &[u8]) -> [u8; 3] {
    const DIGITS: &[u8; 66] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";
    let [a, b, c, ..]: [u8; 6] = super::crc::digits(marvin(CLIENT_SECRET, body), DIGITS);
    [a, b, c]
}

/// Positions of the checksum's bytes, lowest byte first, in an older access token of Azure DevOps.
/// The token is 52 characters of base32: 32 bytes.
const DEVOPS_CHECKSUM: [usize; 4] = [22, 8, 7, 2];

/// The masks that the CRC-32 is XORed with: for tokens of users and of applications.
const DEVOPS_MASKS: [u32; 2] = [0xe0b9_692d, 0x1019_f92e];

/// Whether an older access token of Azure DevOps contains its checksum.
pub(super) fn devops(token: &[u8]) -> bool {
    let Some(bytes) = base32::decode(token).filter(|bytes| bytes.len() == 32) else {
        return false;
    };
    let told = DEVOPS_CHECKSUM.map(|at| bytes[at]);
    DEVOPS_MASKS
        .iter()
        .any(|mask| (devops_crc(&bytes) ^ mask).to_le_bytes() == told)
}

/// The CRC-32 of all bytes but those of the checksum.
fn devops_crc(bytes: &[u8]) -> u32 {
    let body: Vec<u8> = (0..)
        .zip(bytes)
        .filter(|(at, _)| !DEVOPS_CHECKSUM.contains(at))
        .map(|(_, &b)| b)
        .collect();
    crc32fast::hash(&body)
}

/// Writes the checksum of a user's token into its bytes.
pub fn close_devops(bytes: &mut [u8; 32]) {
    let sum = (devops_crc(bytes) ^ DEVOPS_MASKS[0]).to_le_bytes();
    DEVOPS_CHECKSUM
        .into_iter()
        .zip(sum)
        .for_each(|(at, byte)| bytes[at] = byte);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::Engine;
    use ::base64::engine::general_purpose::STANDARD;

    #[test]
    fn marvin_is_that_of_the_published_test_vectors() {
        for (seed, data, sum) in [
            (0x004f_b61a_001b_dbcc, b"".as_slice(), 0x30ed_35c1_00cd_3c7d),
            (0x004f_b61a_001b_dbcc, b"\xaf", 0x48e7_3fc7_7d75_ddc1),
            (0x004f_b61a_001b_dbcc, b"\xe7\x0f", 0xb5f6_e1fc_485d_bff8),
            (
                0x004f_b61a_001b_dbcc,
                b"\x37\xf4\x95",
                0xf0b0_7c78_9b8c_f7e8,
            ),
            (
                0x004f_b61a_001b_dbcc,
                b"\x86\x42\xdc\x59",
                0x7008_f2e8_7e9c_f556,
            ),
            (
                0x804f_b61a_001b_dbcc,
                b"\xab\x42\x7e\xa8\xd1\x0f\xc7",
                0xe203_987d_ba25_2fb3_u64,
            ),
        ] {
            let (low, high) = marvin_halves(seed, data);
            assert_eq!(u64::from(high) << 32 | u64::from(low), sum, "{data:x?}");
        }
    }

    #[test]
    fn a_key_is_closed_by_its_checksum() {
        for (seed, length) in [(b"Default0", 64), (b"Device00", 32), (b"ACRDflt0", 39)] {
            let mut bytes: Vec<u8> = (0..length - 4).collect();
            bytes.extend(marvin(seed, &bytes).to_le_bytes());
            let mut key = STANDARD.encode(&bytes).into_bytes();
            assert!(identifiable(&key));
            key[3] = b'x';
            assert!(!identifiable(&key));
        }
        assert!(!identifiable(b"AAAA") && !identifiable(b"") && !identifiable(b"?"));
    }

    #[test]
    fn an_annotated_key_is_closed_by_the_first_digits() {
        for step in 0..40u8 {
            let body: Vec<u8> = (0..60u8).map(|at| at.wrapping_mul(step)).collect();
            let sum = String::from_utf8(annotated_checksum(&body)).unwrap();
            let key = STANDARD.encode(&body);
            assert!(annotated(format!("{key}{}", &sum[..4]).as_bytes()));
            assert!(annotated(format!("{key}{}==", &sum[..6]).as_bytes()));
            assert!(!annotated(format!("{key}????").as_bytes()) && !annotated(key.as_bytes()));
        }
    }

    #[test]
    fn a_secret_of_an_application_ends_in_its_checksum() {
        let body = b"abc8Q~defghijklmnopqrstuvwxyz01234567";
        let secret = [body.as_slice(), &client_secret_checksum(body)].concat();
        assert!(client_secret(&secret));
        assert!(
            !client_secret(&[&secret[..39], b"#"].concat())
                && !client_secret(b"abc7Q~")
                && !client_secret(b"")
        );
    }

    #[test]
    fn a_devops_token_has_its_checksum_spread() {
        let mut bytes = std::array::from_fn(|at| at as u8);
        close_devops(&mut bytes);
        let mut token = base32::encode(&bytes).into_bytes();
        assert_eq!(token.len(), 52);
        assert!(devops(&token));
        token[0] = if token[0] == b'b' { b'c' } else { b'b' };
        assert!(!devops(&token) && !devops(b"abc"));
    }
}
