//! Digests that identify something public: fingerprints and ids of keys, revisions, checksums.

use super::key_words::any_word;

/// Whether a value is a named checksum: `sha256:…`, `sha512-…`, `md5:…`, in hexadecimal or base64.
pub(super) fn is_checksum(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|b| matches!(b, b':' | b'-')) else {
        return false;
    };
    let (name, digest) = (value[..at].to_ascii_lowercase(), &value[at + 1..]);
    let length = match name.as_slice() {
        b"md5" => 16,
        b"sha1" => 20,
        b"sha224" => 28,
        b"sha256" => 32,
        b"sha384" => 48,
        b"sha512" => 64,
        _ => return false,
    };
    let hex = digest.len() == 2 * length && digest.iter().all(u8::is_ascii_hexdigit);
    let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    // SSH writes fingerprints without padding.
    let base64 = [length.div_ceil(3) * 4, (length * 4).div_ceil(3)];
    hex || colon_pairs(digest) == Some(length)
        || (base64.contains(&digest.len()) && digest.iter().all(is_base64))
}

/// Whether a value is a fingerprint, an id or a revision: digits of a length that digests have, under a name that
/// says so, or written as fingerprints are.
pub(super) fn is_fingerprint(key: &[u8], value: &[u8]) -> bool {
    /// Names of things that digests identify.
    const REVISIONS: &str = "srcrev rev revision commit fingerprint fingerprints thumbprint digest checksum checksums integrity \
        etag fpr";
    const KEYRINGS: &str = "gpg pgp openpgp apt yum rpm keyring keyserver keyid";
    let names = |words| any_word(key, words);
    if let Some(bytes) = colon_pairs(value) {
        // A key may be written so, too; but 20 bytes are those of SHA-1.
        return bytes == 20 || (matches!(bytes, 16 | 32) && names(REVISIONS));
    }
    let digits = value.strip_prefix(b"0x").unwrap_or(value);
    let mut hex = 0;
    let (mut has_gap, mut is_upper) = (false, true);
    for &byte in digits {
        match byte {
            b' ' if hex > 0 && hex % 4 == 0 => has_gap = true,
            _ if byte.is_ascii_hexdigit() => hex += 1,
            _ => return false,
        }
        is_upper &= !byte.is_ascii_lowercase();
    }
    let has_letter = digits.iter().any(u8::is_ascii_alphabetic);
    match hex {
        // The form in which GnuPG writes fingerprints, and other programs seldom write anything.
        40 if has_letter && is_upper && (has_gap || is_key(key)) => true,
        8 | 16 | 40 if names(KEYRINGS) => true,
        32 | 40 | 56 | 64 | 96 | 128 => names(REVISIONS),
        _ => false,
    }
}

/// Whether a name says no more than that its value is a key.
fn is_key(name: &[u8]) -> bool {
    const NAMES: [&str; 6] = [
        "key",
        "keys",
        "repokey",
        "signingkey",
        "releasekey",
        "keyid",
    ];
    let is_letter = |b: &&u8| b.is_ascii_alphanumeric();
    let letters: Vec<u8> = name
        .iter()
        .filter(is_letter)
        .map(u8::to_ascii_lowercase)
        .collect();
    NAMES.iter().any(|known| known.as_bytes() == letters)
}

/// The number of pairs of hex digits between colons, if a value consists of them.
fn colon_pairs(value: &[u8]) -> Option<usize> {
    let pairs = (value.len() + 1) / 3;
    let is_pair = |pair: &[u8]| pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
    let is_whole = value.len() % 3 == 2 && value.split(|&b| b == b':').all(is_pair);
    is_whole.then_some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_told_by_form_and_name() {
        let sha1 = "a621c23deaadeed4e3bb99320f58deca1171d2ab";
        let upper = sha1.to_uppercase();
        let spaced = "630D AF35 0C40 A1B2 C3D4  E5F6 0718 293A 4B5C 6D7E";
        let colons = ["4a"; 20].join(":");
        for (key, value) in [
            ("key", upper.as_str()),
            ("signing_key", &upper),
            ("server_key", spaced),
            ("SRCREV_token", sha1),
            ("gpg_key", "0xEA31F4EFA1B2C3D4"),
            ("apt-key", "EA31F4EF"),
            ("x", &colons),
        ] {
            assert!(
                is_fingerprint(key.as_bytes(), value.as_bytes()),
                "{key} {value}"
            );
        }
        let short = ["4a"; 16].join(":");
        for (key, value) in [
            ("key", sha1),
            ("api_key", &upper),
            ("key", "EA31F4EF"),
            ("key", &short),
            ("gpg_key", "Winter24"),
            ("key", "6300 1235 0040 1112 3334 4556 0718 2931 4450 6677"),
        ] {
            assert!(
                !is_fingerprint(key.as_bytes(), value.as_bytes()),
                "{key} {value}"
            );
        }
    }

    #[test]
    fn checksums_have_a_name_and_a_length() {
        let (hex, base64) = ("0a".repeat(32), "aB3/".repeat(11));
        for value in [
            format!("sha256:{hex}"),
            format!("sha256-{base64}"),
            format!("SHA256:{}", &base64[1..]),
            format!("MD5:{}", ["4a"; 16].join(":")),
        ] {
            assert!(is_checksum(value.as_bytes()), "{value}");
        }
        for value in [hex.as_str(), &base64, "sha256:short", "sha256"] {
            assert!(!is_checksum(value.as_bytes()), "{value}");
        }
    }
}
