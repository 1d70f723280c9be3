//! Seeds of NKEYs: Ed25519 seeds in base32 with a kind and a checksum (github.com/nats-io/nkeys, "Internals").

use super::base32;

/// Whether the last two of the 36 bytes that the characters encode are the CRC-16, lowest byte first, of the bytes
/// before them.
pub(super) fn is_right(seed: &[u8]) -> bool {
    let bytes = base32::decode(seed).filter(|bytes| bytes.len() == 36);
    bytes.is_some_and(|bytes| {
        bytes
            .split_last_chunk::<2>()
            .is_some_and(|(body, sum)| crc16(body).to_le_bytes() == *sum)
    })
}

/// Replaces the last two bytes of a seed by its checksum.
pub fn close(seed: &mut [u8; 36]) {
    let sum = crc16(&seed[..34]).to_le_bytes();
    seed[34..].copy_from_slice(&sum);
}

/// The CRC-16 of XMODEM: polynomial 0x1021, no initial value, no reflection.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ u16::from(byte) << 8, |sum, _| {
            let shifted = sum << 1;
            if sum & 0x8000 == 0 {
                shifted
            } else {
                shifted ^ 0x1021
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_ends_in_its_checksum() {
        // The check value of CRC-16/XMODEM.
        assert_eq!(crc16(b"123456789"), 0x31c3);
        let mut seed = [0x5a; 36];
        seed[..2].copy_from_slice(&[0x95, 0x00]);
        close(&mut seed);
        let text = base32::encode(&seed).to_uppercase();
        assert!(text.starts_with("SUA") && text.len() == 58);
        assert!(is_right(text.as_bytes()));
        assert!(!is_right(text.replacen("SUA", "SUB", 1).as_bytes()));
        assert!(!is_right(&text.as_bytes()[..57]));
    }
}
