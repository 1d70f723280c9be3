//! Key stores, damaged and with any bytes after them, and any bytes behind the beginnings of stores. A store is read the same
//! without the bytes after it, and by one family of formats only.

use keyferry::detect::decode::base64;
use keyferry::detect::example::expand;
use keyferry::detect::proof::key_store::StoreFormat;
use keyferry::detect::proof::{ProofName, prove};

use crate::input::Input;

const STORES: [&str; 13] = [
    "jks",
    "jks-changeit",
    "jks-certificates",
    "jceks",
    "pkcs12",
    "pkcs12-open",
    "pkcs12-hidden",
    "pkcs12-certificates",
    "bks",
    "bks-open",
    "bks-certificates",
    "uber",
    "bcfks",
];

const BEGINNINGS: [&[u8]; 7] = [
    b"\xfe\xed\xfe\xed\0\0\0\x02",
    b"\xfe\xed\xfe\xed\0\0\0\x01",
    b"\xce\xce\xce\xce\0\0\0\x02",
    b"\0\0\0\x02\0\0\0\x14aaaaaaaaaaaaaaaaaaaa\0\0\x05\0",
    b"0\x80\x02\x01\x030\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x01\xa0\x80",
    b"0\x820\0",
    b"",
];

fn store(input: &mut Input) -> Vec<u8> {
    let choice = input.below(STORES.len() + BEGINNINGS.len());
    let Some(name) = STORES.get(choice) else {
        return [BEGINNINGS[choice - STORES.len()], input.rest()].concat();
    };
    let text = expand(&format!("<<store {name}>>")).expect("the name is known");
    let mut bytes = base64::decode(text.as_bytes()).expect("it is base64");
    for _ in 0..input.below(8) {
        // The structure is at the beginning and at the end.
        let near = input.below(bytes.len().min(256));
        let at = if input.flag() {
            bytes.len() - 1 - near
        } else {
            near
        };
        bytes[at] = input.byte();
    }
    if input.flag() {
        let length = input.below(bytes.len() + 1);
        bytes.truncate(length);
    }
    bytes.extend(input.rest());
    bytes
}

/// # Panics
/// If an assertion of the target fails.
pub fn run(bytes: &[u8]) {
    let bytes = store(&mut Input::new(bytes));
    let mut families = 0;
    for format in StoreFormat::ALL {
        let Some(store) = format.read(&bytes) else {
            continue;
        };
        families += 1;
        assert!((13..=bytes.len()).contains(&store.length), "{store:?}");
        assert!(format.may_begin(&bytes), "{format:?}");
        assert_eq!(format.read(&bytes[..store.length]), Some(store), "alone");
        if store.length < bytes.len() {
            let more = [bytes.as_slice(), b"\nmore"].concat();
            assert_eq!(format.read(&more), Some(store), "with more after it");
        }
    }
    assert!(families <= 1, "{}", bytes.escape_ascii());
    prove(ProofName::KeyStore, &bytes, 0);
}
