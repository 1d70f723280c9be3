//! Any bytes as DER or BER, and as the body of a private key in PEM. An element is that of a plain reading of the format, and
//! depends on its own bytes alone.

use keyferry::detect::decode::base64;
use keyferry::detect::proof::fuzzing::{DEEPEST, element};
use keyferry::detect::proof::{ProofName, prove};

use crate::input::Input;

/// Lengths of the header, of the content, and of the bytes that end an element.
type Lengths = (usize, usize, usize);

/// A plain reading of one element, with `depth` levels of indefinite length left.
fn plain(bytes: &[u8], depth: u8) -> Option<Lengths> {
    let tag = *bytes.first()?;
    let first = *bytes.get(1)?;
    if first == 0x80 {
        if tag & 0x20 == 0 || depth == 0 {
            return None;
        }
        let mut at = 2;
        while bytes.get(at..at + 2)? != [0, 0] {
            let (header, content, end) = plain(&bytes[at..], depth - 1)?;
            at += header + content + end;
        }
        return Some((2, at - 2, 2));
    }
    let (header, content) = if first < 0x80 {
        (2, usize::from(first))
    } else {
        let count = usize::from(first - 0x80);
        if count > 4 {
            return None;
        }
        let length = bytes.get(2..2 + count)?;
        let number = length
            .iter()
            .fold(0u64, |number, byte| number * 256 + u64::from(*byte));
        (2 + count, usize::try_from(number).ok()?)
    };
    bytes.get(header..header.checked_add(content)?)?;
    Some((header, content, 0))
}

/// # Panics
/// If an assertion of the target fails.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let label = [
        "RSA PRIVATE KEY",
        "DSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
    ][input.below(5)];
    let bytes = input.rest();
    let read = element(bytes);
    let expected = plain(bytes, DEEPEST);
    assert_eq!(
        read.map(|it| (it.tag, it.content.len(), it.rest.len())),
        expected.map(|(header, content, end)| {
            (bytes[0], content, bytes.len() - header - content - end)
        }),
    );
    if let (Some(read), Some((header, content, end))) = (read, expected) {
        assert_eq!(read.content, &bytes[header..header + content]);
        let used = header + content + end;
        let alone = element(&bytes[..used]).expect("the bytes after an element do not matter");
        assert_eq!((alone.content, alone.rest), (read.content, &[][..]));
        assert!(
            element(&bytes[..used - 1]).is_none(),
            "a cut element is none"
        );
    }
    let body = base64::encode(bytes);
    for text in [
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----"),
        format!("-----BEGIN {label}-----\\n\" +\n\"{body}\\n\" +\n\"-----END {label}-----"),
    ] {
        prove(ProofName::PrivateKey, text.as_bytes(), 0);
    }
    prove(ProofName::PrivateKey, bytes, 0);
}
