//! Generated key stores, with the right structure and random bytes in place of keys and
//! certificates.

use super::seeded_random::SeededRandom;
use crate::detect::proof::key_store::digest_under;

/// The key store with a name, for the placeholder `<<store NAME>>`; `None` if no store has that
/// name.
pub(in crate::detect) fn store(name: &str, random: &mut SeededRandom) -> Option<Vec<u8>> {
    let mut bytes = |count: usize| -> Vec<u8> { (0..count).map(|_| random.next() as u8).collect() };
    let (key, certificate) = (bytes(330), sequence(&[bytes(410)]));
    let salt = bytes(20);
    Some(match name {
        "jks" => jks(
            [0xfe, 0xed],
            &[java_key(&key, &certificate)],
            "a password that nobody knows",
        ),
        "jks-changeit" => jks([0xfe, 0xed], &[java_key(&key, &certificate)], "changeit"),
        "jks-certificates" => jks([0xfe, 0xed], &[java_certificate(&certificate)], "changeit"),
        "jceks" => {
            let sealed = [java_head(3), b"\xac\xed\0\x05sr".to_vec(), key].concat();
            jks([0xce, 0xce], &[java_certificate(&certificate), sealed], "x")
        }
        "pkcs12" => pkcs12(&[encrypted(&certificate), data(&bags(&[bag(2, &key)]))]),
        "pkcs12-open" => pkcs12(&[data(&bags(&[bag(3, &certificate), bag(1, &key)]))]),
        "pkcs12-hidden" => pkcs12(&[encrypted(&key)]),
        "pkcs12-certificates" => pkcs12(&[data(&bags(&[bag(3, &certificate)]))]),
        "bks" => bks(&salt, &[bks_head(4), block(&key)].concat()),
        "bks-open" => bks(
            &salt,
            &[
                bks_head(2),
                vec![0],
                text("PKCS#8"),
                text("RSA"),
                block(&key),
            ]
            .concat(),
        ),
        "bks-certificates" => bks(
            &salt,
            &[bks_head(1), text("X.509"), block(&certificate)].concat(),
        ),
        "uber" => [bouncy_head(&salt), bytes(480)].concat(),
        "bcfks" => {
            let algorithm = sequence(&[
                element(6, &[PKCS, &[5, 13]].concat()),
                sequence(&[bytes(60)]),
            ]);
            let mac = sequence(&[
                sequence(&[element(6, &[PKCS, &[5, 14]].concat())]),
                element(4, &salt),
            ]);
            sequence(&[sequence(&[algorithm, element(4, &key)]), mac])
        }
        _ => return None,
    })
}

/// A number in four bytes.
fn number(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes()
}

/// A text after its length in two bytes.
fn text(text: &str) -> Vec<u8> {
    [&number(text.len())[2..], text.as_bytes()].concat()
}

/// Bytes after their number in four bytes.
fn block(bytes: &[u8]) -> Vec<u8> {
    [&number(bytes.len()), bytes].concat()
}

/// The beginning of a Java entry: a tag, an alias and a time.
fn java_head(tag: usize) -> Vec<u8> {
    [&number(tag), text("orders").as_slice(), &[0; 8]].concat()
}

/// A Java entry with a certificate.
fn java_certificate(certificate: &[u8]) -> Vec<u8> {
    [java_head(2), text("X.509"), block(certificate)].concat()
}

/// A Java entry with an encrypted key and its certificate.
fn java_key(key: &[u8], certificate: &[u8]) -> Vec<u8> {
    [
        java_head(1),
        block(key),
        number(1).to_vec(),
        text("X.509"),
        block(certificate),
    ]
    .concat()
}

/// A JKS or JCEKS store under a password.
fn jks(magic: [u8; 2], entries: &[Vec<u8>], password: &str) -> Vec<u8> {
    let mut store = [
        &magic,
        &magic,
        number(2).as_slice(),
        &number(entries.len()),
        &entries.concat(),
    ]
    .concat();
    store.extend(digest_under(password, &store));
    store
}

/// The beginning of a BKS or UBER store: version, salt, iterations.
fn bouncy_head(salt: &[u8]) -> Vec<u8> {
    [&number(2), block(salt).as_slice(), &number(1700)].concat()
}

/// The beginning of a BKS entry: a kind, an alias, a time and no certificates.
fn bks_head(kind: u8) -> Vec<u8> {
    [&[kind], text("orders").as_slice(), &[0; 12]].concat()
}

/// A BKS store with one entry.
fn bks(salt: &[u8], entry: &[u8]) -> Vec<u8> {
    [&bouncy_head(salt), entry, &[0], salt].concat()
}

/// Object id 1.2.840.113549.1.
const PKCS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01];

/// A DER element.
pub(in crate::detect) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = number(content.len());
    let length = if content.len() < 0x80 {
        &length[3..]
    } else {
        &[0x82, length[2], length[3]]
    };
    [&[tag], length, content].concat()
}

/// A DER sequence of elements.
pub(in crate::detect) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, &elements.concat())
}

/// A sequence of an object id below [`PKCS`] and a value of that type.
fn typed(id: &[u8], content: &[u8]) -> Vec<u8> {
    sequence(&[element(6, &[PKCS, id].concat()), element(0xa0, content)])
}

/// A plain PKCS#7 content.
fn data(content: &[u8]) -> Vec<u8> {
    typed(&[7, 1], &element(4, content))
}

/// An encrypted PKCS#7 content.
fn encrypted(content: &[u8]) -> Vec<u8> {
    typed(&[7, 6], &sequence(&[element(2, &[0]), content.to_vec()]))
}

/// A PKCS#12 bag of a kind.
fn bag(kind: u8, content: &[u8]) -> Vec<u8> {
    typed(&[12, 10, 1, kind], content)
}

/// A sequence of bags.
fn bags(bags: &[Vec<u8>]) -> Vec<u8> {
    sequence(bags)
}

/// A PKCS#12 store of contents.
fn pkcs12(contents: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[element(2, &[3]), data(&sequence(contents))])
}
