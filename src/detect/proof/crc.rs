//! Tokens that carry a CRC-32 (that of IEEE 802.3) of themselves.

use crate::detect::decode;
use crate::secret::hex;

pub(super) const BASE62: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The last `N` digits of a number, zero-padded.
pub(super) fn digits<const N: usize>(mut number: u32, alphabet: &[u8]) -> [u8; N] {
    let mut digits = [alphabet[0]; N];
    for digit in digits.iter_mut().rev() {
        *digit = alphabet[number as usize % alphabet.len()];
        number /= alphabet.len() as u32;
    }
    digits
}

/// Six base-62 digits of the CRC-32 of `body`: how GitHub and npm close their tokens
/// (GitHub engineering blog, "Behind GitHub's new authentication token formats").
pub fn base62(body: &[u8]) -> [u8; 6] {
    digits(crc32fast::hash(body), BASE62)
}

/// Six characters of base64 of the CRC-32, its lowest byte first: how Confluent closes its secrets
/// (docs.confluent.io, "API key format").
pub fn base64(body: &[u8]) -> [u8; 6] {
    let text = decode::base64::encode(&crc32fast::hash(body).to_le_bytes());
    *text
        .as_bytes()
        .first_chunk()
        .expect("four bytes are eight characters, with two of padding")
}

/// Seven base-36 digits: how GitLab closes a routable token (its handbook, "Routable tokens").
pub fn base36(body: &[u8]) -> [u8; 7] {
    digits(crc32fast::hash(body), BASE36)
}

/// Eight hex digits.
pub fn hex8(body: &[u8]) -> String {
    hex(&crc32fast::hash(body).to_be_bytes())
}

/// Eight hex digits, of the lowest byte first: Grafana.
pub fn hex8_reversed(body: &[u8]) -> String {
    hex(&crc32fast::hash(body).to_le_bytes())
}

pub(super) fn github(token: &[u8]) -> bool {
    token.get(4..).is_some_and(closed_by_base62)
}

pub(super) fn npm(token: &[u8]) -> bool {
    token.strip_prefix(b"npm_").is_some_and(closed_by_base62)
}

fn closed_by_base62(token: &[u8]) -> bool {
    token
        .split_last_chunk::<6>()
        .is_some_and(|(body, sum)| !body.is_empty() && *sum == base62(body))
}

/// `glsa_`, 32 characters, `_`, the checksum of what is before that `_`.
pub(super) fn grafana(token: &[u8]) -> bool {
    token.split_last_chunk::<8>().is_some_and(|(body, sum)| {
        body.strip_suffix(b"_")
            .is_some_and(|body| hex8_reversed(body).as_bytes() == sum)
    })
}

/// The checksum of all that is before it, in capitals.
pub(super) fn atlassian(token: &[u8]) -> bool {
    token
        .split_last_chunk::<8>()
        .is_some_and(|(body, sum)| hex8(body).to_ascii_uppercase().as_bytes() == sum)
}

/// `cflt`, 54 characters, their checksum.
pub(super) fn confluent(token: &[u8]) -> bool {
    token
        .strip_prefix(b"cflt")
        .and_then(<[u8]>::split_last_chunk)
        .is_some_and(|(body, sum)| *sum == base64(body))
}

/// `zpka_`, 32 characters, `_`, their checksum.
pub(super) fn zuplo(token: &[u8]) -> bool {
    let parts = token
        .strip_prefix(b"zpka_")
        .and_then(<[u8]>::split_last_chunk::<8>);
    parts.is_some_and(|(body, sum)| {
        body.strip_suffix(b"_")
            .is_some_and(|body| hex8(body).as_bytes() == sum)
    })
}

/// Whether a routable token of GitLab is right; `None` for one of the older form, which carries no checksum. The checksum is of
/// all that is before it; whether the token's kind (`glrt-`) was there when it was made differs.
pub(super) fn gitlab(token: &[u8]) -> Option<bool> {
    let dot = memchr::memchr(b'.', token)?;
    let (body, sum) = token.split_last_chunk::<7>()?;
    let length = body
        .last_chunk::<2>()
        .and_then(|two| usize::from_str_radix(std::str::from_utf8(two).ok()?, 36).ok());
    let unnamed = memchr::memchr(b'-', body).map_or(body, |dash| &body[dash + 1..]);
    // The length is that of the base64 text before the first dot, without what stands before it (`glrt-t1_`).
    let long_enough = length.is_some_and(|length| (1..=dot).contains(&length));
    Some(long_enough && (*sum == base36(body) || *sum == base36(unnamed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_left_padded_with_zeros() {
        // The digits stand for the number that they were made of, whatever its length.
        let value = |digits: &[u8], alphabet: &[u8]| {
            let position = |digit| alphabet.iter().position(|b| b == digit).unwrap() as u64;
            digits.iter().fold(0, |value, digit| {
                value * alphabet.len() as u64 + position(digit)
            })
        };
        for body in [b"a".as_slice(), b"keyferry", b"0"] {
            let sum = u64::from(crc32fast::hash(body));
            assert_eq!(value(&base62(body), BASE62), sum);
            assert_eq!(value(&base36(body), BASE36), sum);
        }
    }

    #[test]
    fn documented_examples_are_right() {
        // Of docs.confluent.io, "API key format", and grafana.com, "Create a service account token".
        let confluent_example = [
            "cfltT8d8RzkNseTMEDKcjNM1BZTFPHqRn/dQm9q7w6",
            "SjzZ12wZfwjaJdipHZtDjw",
        ]
        .concat();
        assert!(confluent(confluent_example.as_bytes()));
        assert!(grafana(
            ["glsa_yscW25imSKJIuav8zF37", "RZmnbiDvB05G_fcaaf58a"]
                .concat()
                .as_bytes()
        ));
    }

    #[test]
    fn gitlab_tokens_that_can_be_routed() {
        let payload = "c29tZSAxNiByYW5kb20gYnl0ZXNvOjEKdToyBw";
        for prefix in ["glpat-", "glrt-t1_"] {
            let body = format!("{prefix}{payload}.01.{}", "12");
            let token = [body.as_bytes(), &base36(body.as_bytes())].concat();
            assert_eq!(gitlab(&token), Some(true));
            assert_eq!(
                gitlab(&[&token[..20], b"x", &token[21..]].concat()),
                Some(false)
            );
        }
        assert_eq!(gitlab(b"glpat-abcdefghijklmnopqrst"), None);
        assert_eq!(gitlab(b"glpat-a.b"), Some(false));
        assert_eq!(gitlab(b"a.b"), None);
    }
}
