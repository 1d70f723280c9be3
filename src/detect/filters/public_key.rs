//! Public keys and certificates without the text that usually surrounds them, recognised by their decoded bytes.

use crate::detect::decode::base64;
use crate::detect::proof::der;

/// The shortest text that is decoded.
const SHORTEST: usize = 24;
/// The longest text that is decoded: an RSA key of 16,384 bits has 2,800 characters, a certificate seldom more.
const LONGEST: usize = 16 * 1024;

/// Whether a value is a public key, a certificate or a signature in base64. What follows the base64, such as the
/// comment of an SSH key, does not count.
pub(super) fn is_public_key(value: &[u8]) -> bool {
    let end = value.iter().position(u8::is_ascii_whitespace);
    let text = &value[..end.unwrap_or(value.len()).min(LONGEST)];
    // Each of the structures begins with one of these bytes: a length, a sequence, a packet, `Ed`.
    let may_be_key = matches!(
        text.first(),
        Some(b'A' | b'M' | b'm' | b'x' | b'R' | b'i' | b'w')
    );
    if text.len() < SHORTEST || !may_be_key {
        return false;
    }
    // A text that was cut off may end in a part of four characters.
    let Some(bytes) = base64::decode(text).or_else(|| base64::decode(&text[..text.len() & !3]))
    else {
        return false;
    };
    is_ssh_key(&bytes) || is_in_der(&bytes) || is_openpgp(&bytes) || is_minisign(text, &bytes)
}

/// Whether bytes are a public key or certificate of SSH: the length of the name of the algorithm in four bytes, and
/// the name (RFC 4253, section 6.6). Private keys of OpenSSH begin with other text.
fn is_ssh_key(bytes: &[u8]) -> bool {
    const ALGORITHMS: [&[u8]; 5] = [b"ssh-", b"ecdsa-sha2-", b"sk-", b"rsa-sha2-", b"x509v3-"];
    let Some((length, rest)) = bytes.split_first_chunk() else {
        return false;
    };
    let length = u32::from_be_bytes(*length) as usize;
    rest.get(..length).is_some_and(|name| {
        ALGORITHMS.iter().any(|head| name.starts_with(head))
            && name.iter().all(u8::is_ascii_graphic)
    })
}

/// Whether bytes are a public key (RFC 5280, section 4.1; RFC 8017, appendix A.1.1), or begin like a certificate,
/// which may be cut off.
fn is_in_der(bytes: &[u8]) -> bool {
    const BIT_STRING: u8 = 0x03;
    /// The version of a certificate.
    const VERSION: &[u8] = &[0xa0, 0x03, 0x02, 0x01];
    /// The shortest modulus: 512 bits.
    const MODULUS: usize = 64;
    if let [
        der::SEQUENCE,
        0x82,
        _,
        _,
        der::SEQUENCE,
        0x82,
        _,
        _,
        rest @ ..,
    ] = bytes
        && rest.starts_with(VERSION)
    {
        return true;
    }
    let Some(content) = der::sequence(bytes) else {
        return false;
    };
    let parts: Vec<_> = der::elements(content).take(4).collect();
    match parts.as_slice() {
        [algorithm, key] => {
            let is_rsa = algorithm.tag == der::INTEGER
                && key.tag == der::INTEGER
                && algorithm.content.len() >= MODULUS
                && key.content.len() <= 8;
            is_rsa
                || (algorithm.tag == der::SEQUENCE
                    && key.tag == BIT_STRING
                    && der::content(algorithm.content, der::OBJECT_ID).is_some())
        }
        [body, algorithm, signature] => {
            body.tag == der::SEQUENCE
                && algorithm.tag == der::SEQUENCE
                && signature.tag == BIT_STRING
                && der::content(algorithm.content, der::OBJECT_ID).is_some()
        }
        _ => false,
    }
}

/// Whether bytes are a public key or a signature of OpenPGP (RFC 9580, sections 4.2, 5.2 and 5.5): the tag of the
/// packet, its length, the version, and for a key its time and algorithm.
fn is_openpgp(bytes: &[u8]) -> bool {
    /// The shortest key: Ed25519.
    const SHORTEST: usize = 40;
    const PUBLIC: [u8; 2] = [6, 14];
    const SIGNATURE: u8 = 2;
    if bytes.len() < SHORTEST {
        return false;
    }
    let (tag, length) = match bytes[0] {
        tag @ 0xc0.. => match bytes[1] {
            ..192 => (tag & 0x3f, 1),
            192..=223 => (tag & 0x3f, 2),
            255 => (tag & 0x3f, 5),
            _ => return false,
        },
        tag @ 0x80.. if tag & 3 < 3 => (tag >> 2 & 0xf, 1 << (tag & 3)),
        _ => return false,
    };
    match &bytes[1 + length..] {
        [4 | 6, _, _, _, _, algorithm, ..] if PUBLIC.contains(&tag) => {
            matches!(algorithm, 1..=3 | 16..=19 | 22 | 25..=28)
        }
        // The version, the type, the algorithm of the key, and that of the hash.
        [4 | 6, kind, algorithm, hash, ..] if tag == SIGNATURE => {
            matches!(kind, 0..=2 | 0x10..=0x1f | 0x20 | 0x28 | 0x30 | 0x40)
                && matches!(algorithm, 1..=3 | 16..=19 | 22 | 25..=28)
                && (1..=14).contains(hash)
        }
        _ => false,
    }
}

/// Whether bytes are a public key of minisign or signify: `Ed`, an id of 8 bytes, and 32 bytes.
fn is_minisign(text: &[u8], bytes: &[u8]) -> bool {
    bytes.len() == 42 && text.starts_with(b"RW") && bytes.starts_with(b"Ed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(bytes: &[u8]) -> String {
        base64::encode(bytes)
    }

    /// An element of DER with up to 65,535 bytes.
    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let [high, low] = (content.len() as u16).to_be_bytes();
        [&[tag, 0x82, high, low][..], content].concat()
    }

    #[test]
    fn public_keys_are_told_by_their_bytes() {
        let ssh =
            |name: &str| [&[0, 0, 0, name.len() as u8][..], name.as_bytes(), &[7; 40]].concat();
        let id = element(der::OBJECT_ID, &[0x2a, 0x86, 0x48]);
        let algorithm = element(der::SEQUENCE, &id);
        let info = element(
            der::SEQUENCE,
            &[&algorithm[..], &element(0x03, &[7; 66])].concat(),
        );
        let rsa = [
            element(der::INTEGER, &[7; 128]),
            element(der::INTEGER, &[1, 0, 1]),
        ]
        .concat();
        let body = element(der::SEQUENCE, &[&[0xa0, 3, 2, 1, 2][..], &[7; 80]].concat());
        let certificate = element(
            der::SEQUENCE,
            &[&body[..], &algorithm, &element(0x03, &[7; 66])].concat(),
        );
        let openpgp = [&[0x99, 0, 60, 4, 1, 2, 3, 4, 1][..], &[7; 60]].concat();
        for bytes in [
            ssh("ssh-ed25519"),
            ssh("ecdsa-sha2-nistp256"),
            ssh("sk-ssh-ed25519@openssh.com"),
            info,
            element(der::SEQUENCE, &rsa),
            certificate.clone(),
            certificate[..90].to_vec(),
            openpgp,
            [b"Ed".as_slice(), &[7; 40]].concat(),
        ] {
            assert!(is_public_key(encoded(&bytes).as_bytes()), "{bytes:?}");
        }
        let commented = format!("{} ann@host", encoded(&ssh("ssh-ed25519")));
        assert!(is_public_key(commented.as_bytes()));
    }

    #[test]
    fn private_keys_and_random_bytes_are_not_public() {
        let private = [
            element(der::INTEGER, &[0]),
            element(der::SEQUENCE, &element(der::OBJECT_ID, &[0x2a])),
            element(der::OCTETS, &[7; 60]),
        ]
        .concat();
        for bytes in [
            b"openssh-key-v1\0 and so on and so on".to_vec(),
            element(der::SEQUENCE, &private),
            // A secret key of OpenPGP.
            [&[0x95, 0, 60, 4, 1, 2, 3, 4, 1][..], &[7; 60]].concat(),
            [&[0, 0, 0, 7][..], b"no name at all"].concat(),
            vec![0; 40],
            vec![],
        ] {
            assert!(!is_public_key(encoded(&bytes).as_bytes()), "{bytes:?}");
        }
        assert!(!is_public_key(b"AAAAB3NzaC1yc2E"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            is_public_key(&bytes);
            is_public_key(encoded(&bytes).as_bytes());
        }
    }
}
