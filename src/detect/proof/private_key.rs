//! Private keys in PEM: whether they parse, and whether they are encrypted.
//!
//! The reader is our own code because a block of PEM in a repository is often not a file of its
//! own. It may be the string literals of a program, joined by `+` and escapes, the lines of a
//! comment, or a block that was cut off. Strict readers such as RustCrypto's `pem-rfc7468` refuse
//! all of that, and its `pkcs8` and `sec1` refuse algorithms and parameters that they do not know.
//! Here only the structure counts; see [`super::der`].

use super::der::{INTEGER, OBJECT_ID, OCTETS, SEQUENCE, element, sequence, tags};
use super::verdict::Verdict;
use crate::detect::decode::base64;
use crate::finding::Confidence;

/// The state of a key in PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    /// The key is not encrypted.
    Open,
    /// The key is encrypted under a passphrase.
    Shut,
    /// The bytes are not a key of the kind that the first line names: the block was cut off, made
    /// up, or written in a form that is not understood.
    Unread,
}

/// The verdict about a block of PEM. A key that parses is proved. Whether an encrypted key gives access
/// to anything depends on its passphrase, which is often weak, or beside the key. A key that does not
/// parse may have been cut off. A person answers for both; see the built-in policy.
pub(super) fn verdict(value: &[u8]) -> Verdict {
    match read(value) {
        Key::Open => Verdict::Proved,
        Key::Shut => Verdict::Doubtful(
            Confidence::Medium,
            "it is encrypted: without its passphrase it opens nothing",
        ),
        Key::Unread => Verdict::Doubtful(Confidence::Medium, "it does not parse as a key"),
    }
}

/// Reads a block of PEM, or a key file of PuTTY.
fn read(value: &[u8]) -> Key {
    if value.starts_with(b"PuTTY-User-Key-File-") {
        let open = memchr::memmem::find(value, b"Encryption: none").is_some();
        return if open { Key::Open } else { Key::Shut };
    }
    let Some((label, body)) = label_and_body(value) else {
        return Key::Unread;
    };
    if label == b"ENCRYPTED PRIVATE KEY"
        || memchr::memmem::find(body, b"Proc-Type: 4,ENCRYPTED").is_some()
    {
        return Key::Shut;
    }
    let Some(bytes) = bytes_of(body) else {
        return Key::Unread;
    };
    let open = match label {
        b"OPENSSH PRIVATE KEY" => return openssh(&bytes).unwrap_or(Key::Unread),
        b"RSA PRIVATE KEY" => is_rsa(&bytes),
        b"DSA PRIVATE KEY" => is_dsa(&bytes),
        b"EC PRIVATE KEY" => is_ec(&bytes),
        _ => is_pkcs8(&bytes),
    };
    if open { Key::Open } else { Key::Unread }
}

/// The label (`RSA PRIVATE KEY`), and the text between the first and the last line.
fn label_and_body(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = value.strip_prefix(b"-----BEGIN ")?;
    let label = memchr::memmem::find(rest, b"-----")?;
    let end = memchr::memmem::rfind(rest, b"-----END ")?;
    Some((&rest[..label], rest.get(label + 5..end)?))
}

/// The decoded bytes of a body. The body may consist of the string literals of a program: each line
/// in quotes, with its line end as an escape, and an operator that joins it to the next line.
fn bytes_of(body: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(body.len());
    for line in body.split(|&b| b == b'\n') {
        let quote = |b: &u8| matches!(b, b'"' | b'\'');
        let line = match (line.iter().position(quote), line.iter().rposition(quote)) {
            (Some(first), Some(last)) if first < last => &line[first + 1..last],
            // The literal of the first line began before the line, that of the last line ends after
            // it.
            (Some(only), Some(_)) if line[..only].trim_ascii().is_empty() => &line[only + 1..],
            (Some(only), Some(_)) => &line[..only],
            _ => line,
        };
        let mut rest = line;
        while let Some(at) = memchr::memchr(b'\\', rest) {
            text.extend_from_slice(&rest[..at]);
            rest = rest.get(at + 2..).unwrap_or_default();
        }
        text.extend_from_slice(rest);
        // White space at the end of a line is not part of the base64.
        let kept = text.trim_ascii_end().len();
        text.truncate(kept);
    }
    // Markers of comments, and separators of literals, may surround each line.
    text.retain(|b| !matches!(b, b'#' | b'*' | b'|' | b';' | b','));
    base64::decode(&text)
}

/// OpenSSH's format: a magic text, then the length and the name of the cipher (`PROTOCOL.key` in
/// OpenSSH's sources).
fn openssh(bytes: &[u8]) -> Option<Key> {
    let rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let cipher = rest.get(..u32::from_be_bytes(*length) as usize)?;
    Some(if cipher == b"none" {
        Key::Open
    } else {
        Key::Shut
    })
}

/// Whether the bytes are a sequence that begins with elements of these tags.
fn is_of(bytes: &[u8], wanted: &[u8]) -> bool {
    sequence(bytes).is_some_and(|content| tags(content).starts_with(wanted))
}

/// Whether the bytes are an RSA key (RFC 8017, A.1.2): version, n, e, d, p, q, two exponents, the
/// coefficient.
fn is_rsa(bytes: &[u8]) -> bool {
    is_of(bytes, &[INTEGER; 9])
}

/// Whether the bytes are a DSA key in OpenSSL's format: version, p, q, g, y, x.
fn is_dsa(bytes: &[u8]) -> bool {
    is_of(bytes, &[INTEGER; 6])
}

/// Whether the bytes are an EC key (RFC 5915): version and key.
fn is_ec(bytes: &[u8]) -> bool {
    is_of(bytes, &[INTEGER, OCTETS])
}

/// Whether the bytes are a PKCS#8 key (RFC 5958): version, algorithm, key.
fn is_pkcs8(bytes: &[u8]) -> bool {
    let algorithm = |content| {
        element(content)
            .and_then(|version| element(version.rest))
            .map(|it| it.content)
    };
    is_of(bytes, &[INTEGER, SEQUENCE, OCTETS])
        && sequence(bytes)
            .and_then(algorithm)
            .is_some_and(|algorithm| tags(algorithm).starts_with(&[OBJECT_ID]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::Engine;
    use ::base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let head = if length < 0x80 {
            vec![length as u8]
        } else {
            vec![0x82, (length >> 8) as u8, length as u8]
        };
        [vec![tag], head, content.to_vec()].concat()
    }

    fn integers(count: u8) -> Vec<u8> {
        (0..count)
            .flat_map(|n| der(INTEGER, &[n + 1; 70]))
            .collect()
    }

    fn pem(label: &str, bytes: &[u8]) -> Vec<u8> {
        let text = STANDARD.encode(bytes).into_bytes();
        let lines = text
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect::<Vec<_>>();
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----",
            lines.join("\n")
        )
        .into_bytes()
    }

    fn pkcs8() -> Vec<u8> {
        let algorithm = der(SEQUENCE, &der(OBJECT_ID, &[42, 3]));
        der(
            SEQUENCE,
            &[der(INTEGER, &[0]), algorithm, der(OCTETS, &[7; 90])].concat(),
        )
    }

    fn ssh(cipher: &str) -> Vec<u8> {
        let length = (cipher.len() as u32).to_be_bytes();
        [
            b"openssh-key-v1\0".as_slice(),
            &length,
            cipher.as_bytes(),
            &[9; 60],
        ]
        .concat()
    }

    #[test]
    fn keys_are_told_from_what_only_looks_like_them() {
        let rsa = der(SEQUENCE, &integers(9));
        for (label, bytes, key) in [
            ("RSA PRIVATE KEY", rsa.clone(), Key::Open),
            (
                "RSA PRIVATE KEY",
                rsa[..rsa.len() - 9].to_vec(),
                Key::Unread,
            ),
            ("RSA PRIVATE KEY", der(SEQUENCE, &integers(6)), Key::Unread),
            ("DSA PRIVATE KEY", der(SEQUENCE, &integers(6)), Key::Open),
            (
                "EC PRIVATE KEY",
                der(
                    SEQUENCE,
                    &[der(INTEGER, &[1]), der(OCTETS, &[7; 32])].concat(),
                ),
                Key::Open,
            ),
            ("PRIVATE KEY", pkcs8(), Key::Open),
            ("PRIVATE KEY", rsa, Key::Unread),
            ("ENCRYPTED PRIVATE KEY", vec![1; 50], Key::Shut),
            ("OPENSSH PRIVATE KEY", ssh("none"), Key::Open),
            ("OPENSSH PRIVATE KEY", ssh("aes256-ctr"), Key::Shut),
            ("OPENSSH PRIVATE KEY", vec![1; 50], Key::Unread),
        ] {
            assert_eq!(read(&pem(label, &bytes)), key, "{label}");
        }
    }

    #[test]
    fn putty_names_the_cipher() {
        let key = |cipher| {
            format!("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: {cipher}\nComment: x\n")
        };
        assert_eq!(read(key("none").as_bytes()), Key::Open);
        assert_eq!(read(key("aes256-cbc").as_bytes()), Key::Shut);
    }

    #[test]
    fn keys_in_the_strings_of_a_program() {
        let lines = String::from_utf8(pem("PRIVATE KEY", &pkcs8())).unwrap();
        let joined = lines.replace('\n', "\\n\" +\n    \"");
        assert_eq!(read(joined.as_bytes()), Key::Open);
        assert_eq!(read(lines.replace('\n', "\\n").as_bytes()), Key::Open);
        assert_eq!(read(lines.replace('\n', "',\n'").as_bytes()), Key::Open);
        assert_eq!(read(lines.replace('\n', "\r\n # ").as_bytes()), Key::Open);
        let encrypted = lines.replacen(
            '\n',
            "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n",
            1,
        );
        assert_eq!(read(encrypted.as_bytes()), Key::Shut);
        assert!(matches!(
            verdict(encrypted.as_bytes()),
            Verdict::Doubtful(Confidence::Medium, _)
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..200), label in prop::sample::select(vec!["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY"])) {
            read(&pem(label, &bytes));
            read(&[b"-----BEGIN ".as_slice(), &bytes].concat());
            tags(&bytes);
        }
    }
}
