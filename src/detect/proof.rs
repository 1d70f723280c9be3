//! Proof without a network: checksums and structure that tokens carry in themselves.

use super::rule::ProofName;

/// What a proof says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Proved,
    /// Proved to be of the format, and to have expired.
    Expired,
    Refuted,
}

/// Runs one proof. `now` is in seconds since 1970.
pub fn prove(proof: ProofName, value: &[u8], now: i64) -> Verdict {
    let proved = match proof {
        ProofName::GithubChecksum => value.get(..4).is_some() && crc32_base62(&value[4..]),
        ProofName::NpmChecksum => value.strip_prefix(b"npm_").is_some_and(crc32_base62),
        ProofName::Jwt => return jwt(value, now),
    };
    if proved { Verdict::Proved } else { Verdict::Refuted }
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Six base-62 digits of the CRC-32 of `body`, zero-padded: how GitHub and npm close their tokens
/// (GitHub engineering blog, "Behind GitHub's new authentication token formats").
pub fn base62_crc32(body: &[u8]) -> [u8; 6] {
    let mut number = crc32fast::hash(body);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    digits
}

fn crc32_base62(token: &[u8]) -> bool {
    token.split_last_chunk::<6>().is_some_and(|(body, checksum)| !body.is_empty() && *checksum == base62_crc32(body))
}

/// RFC 7519: three base64url parts; the first a JSON object with `alg`, the second a JSON object.
fn jwt(value: &[u8], now: i64) -> Verdict {
    let mut parts = value.split(|&b| b == b'.');
    let (Some(header), Some(claims), Some(_signature)) = (parts.next(), parts.next(), parts.next()) else {
        return Verdict::Refuted;
    };
    let object = |part: &[u8]| -> Option<serde_json::Map<String, serde_json::Value>> {
        serde_json::from_slice(&base64url(part)?).ok()
    };
    match (object(header), object(claims)) {
        (Some(header), Some(claims)) if header.get("alg").is_some_and(serde_json::Value::is_string) => {
            // A NumericDate may have a fraction (RFC 7519, section 2).
            match claims.get("exp").and_then(serde_json::Value::as_f64) {
                Some(expiry) if expiry < now as f64 => Verdict::Expired,
                _ => Verdict::Proved,
            }
        }
        _ => Verdict::Refuted,
    }
}

/// Base64url without padding; padding at the end is let through.
fn base64url(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0);
    for &byte in text {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_proves_and_refutes() {
        let body = b"abcdefghijklmnopqrstuvwxyz0123";
        let mut token = b"ghp_".to_vec();
        token.extend_from_slice(body);
        token.extend_from_slice(&base62_crc32(body));
        assert_eq!(prove(ProofName::GithubChecksum, &token, 0), Verdict::Proved);
        token[10] ^= 1;
        assert_eq!(prove(ProofName::GithubChecksum, &token, 0), Verdict::Refuted);
        assert_eq!(prove(ProofName::GithubChecksum, b"gh", 0), Verdict::Refuted);
    }

    #[test]
    fn checksums_are_left_padded_with_zeros() {
        // The digits stand for the number that they were made of, whatever its length.
        for body in [b"a".as_slice(), b"keyferry", b"0"] {
            let value = base62_crc32(body)
                .iter()
                .fold(0u64, |value, digit| value * 62 + BASE62.iter().position(|b| b == digit).unwrap() as u64);
            assert_eq!(value, u64::from(crc32fast::hash(body)));
        }
    }

    #[test]
    fn jwt_needs_an_algorithm_and_tells_expiry() {
        let part = |json: &str| {
            use base64::Engine;
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json)
        };
        let token = |header: &str, claims: &str| [part(header), part(claims), "c2ln".into()].join(".").into_bytes();
        let alg = r#"{"alg":"HS256"}"#;
        assert_eq!(prove(ProofName::Jwt, &token(alg, r#"{"sub":"x"}"#), 0), Verdict::Proved);
        assert_eq!(prove(ProofName::Jwt, &token(alg, r#"{"exp":100}"#), 99), Verdict::Proved);
        assert_eq!(prove(ProofName::Jwt, &token(alg, r#"{"exp":100}"#), 101), Verdict::Expired);
        assert_eq!(prove(ProofName::Jwt, &token("{}", "{}"), 0), Verdict::Refuted);
        assert_eq!(prove(ProofName::Jwt, b"eyJ.eyJ.x", 0), Verdict::Refuted);
    }
}
