//! Tokens that carry a CRC-32 (IEEE 802.3) of their own characters.

use crate::detect::decode;
use crate::secret::hex;

/// The digits of base 62, in the order that GitHub uses.
pub(super) const BASE62: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The digits of base 36.
const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The last `N` digits of a number in the base of `alphabet`, zero-padded.
pub(super) fn digits<const N: usize>(mut number: u32, alphabet: &[u8]) -> [u8; N] {
    let mut digits = [alphabet[0]; N];
    for digit in digits.iter_mut().rev() {
        *digit = alphabet[number as usize % alphabet.len()];
        number /= alphabet.len() as u32;
    }
    digits
}

/// The CRC-32 of `body` as six base-62 digits, which end the tokens of GitHub and npm (GitHub
/// engineering blog, "Behind GitHub's new authentication token formats").
pub fn base62(body: &[u8]) -> [u8; 6] {
    digits(crc32fast::hash(body), BASE62)
}

/// The CRC-32 of `body` as six characters of base64, lowest byte first, which end the secrets of
/// Confluent (docs.confluent.io, "API key format").
pub fn base64(body: &[u8]) -> [u8; 6] {
    let text = decode::base64::encode(&crc32fast::hash(body).to_le_bytes());
    *text
        .as_bytes()
        .first_chunk()
        .expect("four bytes are eight characters, with two of padding")
}

/// The CRC-32 of `body` as seven base-36 digits, which end a routable token of GitLab (GitLab
/// handbook, "Routable tokens").
pub fn base36(body: &[u8]) -> [u8; 7] {
    digits(crc32fast::hash(body), BASE36)
}

/// The CRC-32 of `body` as eight hex digits.
pub fn hex8(body: &[u8]) -> String {
    hex(&crc32fast::hash(body).to_be_bytes())
}

/// The CRC-32 of `body` as eight hex digits, lowest byte first, which end the tokens of Grafana.
pub fn hex8_reversed(body: &[u8]) -> String {
    hex(&crc32fast::hash(body).to_le_bytes())
}

/// Whether a token of GitHub ends in the checksum of the characters after its prefix of four.
pub(super) fn github(token: &[u8]) -> bool {
    token.get(4..).is_some_and(closed_by_base62)
}

/// Whether a token of npm ends in the checksum of the characters after `npm_`.
pub(super) fn npm(token: &[u8]) -> bool {
    token.strip_prefix(b"npm_").is_some_and(closed_by_base62)
}

/// Whether the last six characters are the checksum of those before them.
fn closed_by_base62(token: &[u8]) -> bool {
    token
        .split_last_chunk::<6>()
        .is_some_and(|(body, sum)| !body.is_empty() && *sum == base62(body))
}

/// Whether a token of Grafana is right: `glsa_`, 32 characters, `_`, the checksum of all characters
/// before that `_`.
pub(super) fn grafana(token: &[u8]) -> bool {
    token.split_last_chunk::<8>().is_some_and(|(body, sum)| {
        body.strip_suffix(b"_")
            .is_some_and(|body| hex8_reversed(body).as_bytes() == sum)
    })
}

/// Whether a token of Atlassian ends in the checksum, in upper case, of all characters before it.
pub(super) fn atlassian(token: &[u8]) -> bool {
    token
        .split_last_chunk::<8>()
        .is_some_and(|(body, sum)| hex8(body).to_ascii_uppercase().as_bytes() == sum)
}

/// Whether a secret of Confluent is right: `cflt`, 54 characters, their checksum.
pub(super) fn confluent(token: &[u8]) -> bool {
    token
        .strip_prefix(b"cflt")
        .and_then(<[u8]>::split_last_chunk)
        .is_some_and(|(body, sum)| *sum == base64(body))
}

/// Whether a key of Zuplo is right: `zpka_`, 32 characters, `_`, their checksum.
pub(super) fn zuplo(token: &[u8]) -> bool {
    let parts = token
        .strip_prefix(b"zpka_")
        .and_then(<[u8]>::split_last_chunk::<8>);
    parts.is_some_and(|(body, sum)| {
        body.strip_suffix(b"_")
            .is_some_and(|body| hex8(body).as_bytes() == sum)
    })
}

/// Whether a routable token of GitLab is right; `None` for a token of the older form, which carries
/// no checksum. The checksum covers all characters before it. Some tokens were made with, others
/// without the kind (`glrt-`) in front, so both are tried. An instance may have a prefix of its own before the kind; it
/// is not known whether the checksum covers it, so that no such token is refuted.
pub(super) fn gitlab(token: &[u8]) -> Option<bool> {
    /// Dashes in the prefix of an instance.
    const MOST: usize = 6;
    let dot = memchr::memchr(b'.', token)?;
    let (body, sum) = token.split_last_chunk::<7>()?;
    let length = body
        .last_chunk::<2>()
        .and_then(|two| usize::from_str_radix(std::str::from_utf8(two).ok()?, 36).ok());
    // The length covers the base64 text before the first dot, without the characters before that
    // text (`glrt-t1_`).
    let long_enough = length.is_some_and(|length| (1..=dot).contains(&length));
    let mut starts = memchr::memchr_iter(b'-', &body[..dot.min(body.len())]).map(|dash| dash + 1);
    let is_right = long_enough
        && (*sum == base36(body)
            || starts
                .by_ref()
                .take(MOST)
                .any(|start| *sum == base36(&body[start..])));
    (is_right || token.starts_with(b"gl")).then_some(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_left_padded_with_zeros() {
        // The digits encode the original number, whatever their count.
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
        // The prefix of an instance, covered or not.
        for covered in ["acme-glpat-", "glpat-"] {
            let body = format!("{covered}{payload}.01.12");
            let token = [body.as_bytes(), &base36(body.as_bytes())].concat();
            let prefixed = [b"acme-".as_slice(), &token[covered.len() - 6..]].concat();
            assert_eq!(gitlab(&prefixed), Some(true));
        }
        assert_eq!(gitlab(b"acme-glpat-a.b"), None);
        assert_eq!(gitlab(b"a.b"), None);
    }
}
