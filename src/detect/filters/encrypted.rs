//! Values that are encrypted. They may be in a repository, since the key is elsewhere.

use super::key_words::any_word;
use crate::detect::decode::{base64, hex};

/// The beginnings of values that a program decrypts: sops and hiera-eyaml (`ENC[`), jasypt (`ENC(`), Spring Cloud
/// (`{cipher}`), Ansible, dotenvx.
const CIPHERTEXT: [&[u8]; 5] = [
    b"ENC(",
    b"ENC[",
    b"{cipher}",
    b"$ANSIBLE_VAULT",
    b"encrypted:",
];

/// Whether a value is encrypted by its name, `encrypted_key` or `wrappedSecret`, and consists of encoded bytes. A password
/// that somebody chose is not encrypted, whatever its name is.
pub(super) fn is_named_encrypted(key: &[u8], value: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    const WORDS: &str = "encrypted encr ciphered ciphertext wrapped sealed";
    let is_long = |bytes: Vec<u8>| bytes.len() >= SHORTEST;
    // No encoding is shorter than its bytes.
    value.len() > SHORTEST
        && any_word(key, WORDS)
        && (hex(value).is_some_and(is_long) || base64::decode(value).is_some_and(is_long))
}

/// Whether a value is one that a program decrypts before it is used.
pub(super) fn is_ciphertext(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    CIPHERTEXT.iter().any(|mark| value.starts_with(mark)) || is_in_braces(value) || is_sealed(value)
}

/// Whether a value is encrypted by Maven or Jenkins: base64 in braces.
fn is_in_braces(value: &[u8]) -> bool {
    const SHORTEST: usize = 20;
    match value {
        [b'{', inner @ .., b'}'] => {
            inner.len() >= SHORTEST
                && inner.len().is_multiple_of(4)
                && base64::decode(inner).is_some()
        }
        _ => false,
    }
}

/// Whether a value is one of a SealedSecret: base64 of the length of an encrypted key in two bytes, the key, and the
/// encrypted value with its tag (<https://github.com/bitnami-labs/sealed-secrets>). The key has 512 bytes.
fn is_sealed(value: &[u8]) -> bool {
    const SHORTEST: usize = (2 + 512 + 16) / 3 * 4;
    value.len() >= SHORTEST && value.starts_with(b"Ag") && base64::decode(value).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ciphertext_has_a_marker() {
        let sealed = format!("AgB{}", "xY3+".repeat(200));
        for text in [
            "ENC[AES256_GCM,data:Zm9v,iv:YmFy,tag:YmF6,type:str]",
            "ENC[PKCS7,MIIBeQYJKoZIhvcNAQcDoIIBajCCAWYCAQA=]",
            "ENC(G6N718UuyPE5bHyWKyuLQSm02auQPUtm)",
            "{cipher}0a1b2c",
            "{GTW/Hl87UxnSFSSHnATD0ROX30TGxL96ZuyvuursVWI=}",
            "{AQAAABAAAAAQ0a1b2c3d4e5f60718293a4b5c6d7e8f9}",
            "$ANSIBLE_VAULT;1.1;AES256\n3061\n",
            "encrypted:BxYjj+2Of8ql1jQinsWCEOM3kGfZ5JE3",
            &sealed[..sealed.len() - 3],
        ] {
            assert!(is_ciphertext(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn values_without_a_marker_are_not_encrypted() {
        for text in [
            "{short}",
            "{Winter 2024, in the garden}",
            "AgB4",
            "ENCODE",
            "encrypted",
            "{}",
            "{noop}hunter2x",
        ] {
            assert!(!is_ciphertext(text.as_bytes()), "{text}");
        }
        // Base64 of another beginning.
        assert!(!is_ciphertext("xY3+".repeat(200).as_bytes()));
    }
}
