use super::*;
use crate::detect::example::{SeededRandom, store_builder};
use proptest::prelude::*;

const STORES: [(&str, StoreFormat, Contents); 13] = [
    ("jks", StoreFormat::Java, Contents::ProtectedKeys),
    ("jks-changeit", StoreFormat::Java, Contents::ReadableKeys),
    (
        "jks-certificates",
        StoreFormat::Java,
        Contents::Certificates,
    ),
    ("jceks", StoreFormat::Java, Contents::ProtectedKeys),
    ("pkcs12", StoreFormat::Pkcs12, Contents::ProtectedKeys),
    ("pkcs12-open", StoreFormat::Pkcs12, Contents::ReadableKeys),
    ("pkcs12-hidden", StoreFormat::Pkcs12, Contents::Encrypted),
    (
        "pkcs12-certificates",
        StoreFormat::Pkcs12,
        Contents::Certificates,
    ),
    ("bks", StoreFormat::BouncyCastle, Contents::ProtectedKeys),
    (
        "bks-open",
        StoreFormat::BouncyCastle,
        Contents::ReadableKeys,
    ),
    (
        "bks-certificates",
        StoreFormat::BouncyCastle,
        Contents::Certificates,
    ),
    ("uber", StoreFormat::BouncyCastle, Contents::Encrypted),
    ("bcfks", StoreFormat::BouncyCastle, Contents::Encrypted),
];

fn made_up(name: &str, seed: u64) -> Vec<u8> {
    store_builder::store(name, &mut SeededRandom::new(seed)).unwrap()
}

#[test]
fn stores_are_told_apart() {
    for (name, wanted, contents) in STORES {
        let bytes = made_up(name, 7);
        for format in StoreFormat::ALL {
            let expected = (format == wanted).then_some(KeyStore {
                length: bytes.len(),
                contents,
            });
            assert_eq!(format.read(&bytes), expected, "{name} as {format:?}");
        }
        assert!(
            wanted.may_begin(&bytes) && begins(bytes.first_chunk().unwrap()),
            "{name}"
        );
        assert!(may_begin(bytes[0]), "{name}");
        assert!(!bytes[..4].contains(&b'\n'));
    }
}

#[test]
fn what_follows_a_store_is_no_part_of_it() {
    for (name, format, contents) in STORES
        .into_iter()
        .filter(|(name, ..)| !matches!(*name, "uber" | "jceks"))
    {
        let bytes = made_up(name, 8);
        let more = [bytes.as_slice(), b"\n more"].concat();
        assert_eq!(
            format.read(&more),
            Some(KeyStore {
                length: bytes.len(),
                contents
            }),
            "{name}"
        );
        assert_eq!(format.read(&bytes[..bytes.len() - 1]), None, "{name}, cut");
    }
}

#[test]
fn only_readable_keys_prove_a_store() {
    assert_eq!(verdict(&made_up("pkcs12-open", 1)), Verdict::Proved);
    assert!(matches!(
        verdict(&made_up("jks", 1)),
        Verdict::Doubtful(Confidence::Medium, _)
    ));
    assert!(matches!(
        verdict(&made_up("uber", 1)),
        Verdict::Doubtful(Confidence::Low, _)
    ));
    assert_eq!(verdict(&made_up("jks-certificates", 1)), Verdict::Refuted);
    assert_eq!(verdict(b"0\x82"), Verdict::Refuted);
}

#[test]
fn certificates_and_keys_are_no_stores() {
    use crate::detect::example::store_builder::{element, sequence};
    let id = element(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]);
    let name = sequence(&[element(2, &[7; 200])]);
    let certificate = sequence(&[sequence(&[
        element(0xa0, &element(2, &[2])),
        element(2, &[9; 9]),
        name.clone(),
    ])]);
    let pkcs8 = sequence(&[
        element(2, &[0]),
        sequence(std::slice::from_ref(&id)),
        element(4, &[7; 300]),
    ]);
    let encrypted = sequence(&[
        sequence(&[id.clone(), sequence(&[element(4, &[1; 200])])]),
        element(4, &[7; 300]),
    ]);
    let public = sequence(&[sequence(&[id]), element(3, &[0; 300])]);
    let rsa = sequence(&[
        element(2, &[0]),
        element(2, &[5; 256]),
        element(2, &[1, 0, 1]),
    ]);
    for bytes in [certificate, pkcs8, encrypted, public, rsa] {
        assert!(
            StoreFormat::ALL
                .iter()
                .all(|format| format.read(&bytes).is_none()),
            "{bytes:x?}"
        );
        assert!(!begins(bytes.first_chunk().unwrap()), "{bytes:x?}");
    }
}

#[test]
fn pieces_and_indefinite_lengths_are_read() {
    // As Bouncy Castle writes it in BER.
    let inner = made_up("pkcs12", 3);
    let bags = memchr::memmem::find(&inner, &[7, 1, 0xa0])
        .map(|at| at + 2)
        .unwrap();
    let safe = crate::detect::proof::der::element(&inner[bags..])
        .unwrap()
        .content;
    let safe = crate::detect::proof::der::element(safe).unwrap().content;
    let mut ber = vec![0x30, 0x80, 2, 1, 3, 0x30, 0x80];
    ber.extend([
        6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1, 0xa0, 0x80, 0x24, 0x80,
    ]);
    for piece in safe.chunks(100) {
        ber.extend([4, piece.len() as u8]);
        ber.extend(piece);
    }
    ber.extend([0; 8]);
    assert_eq!(
        StoreFormat::Pkcs12.read(&ber),
        Some(KeyStore {
            length: ber.len(),
            contents: Contents::ProtectedKeys
        })
    );
}

proptest! {
    #[test]
    fn damaged_stores_end(
        (name, format, _) in prop::sample::select(STORES.to_vec()),
        seed in any::<u64>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = made_up(name, seed);
        for (at, byte) in damage {
            let at = at.index(bytes.len().min(120));
            bytes[at] = byte;
        }
        let cut = cut.index(bytes.len() + 1);
        for bytes in [&bytes[..], &bytes[..cut]] {
            if let Some(store) = format.read(bytes) {
                prop_assert!(store.length <= bytes.len() && store.length > 12);
                prop_assert!(format.may_begin(bytes));
                // The check before decoding must not miss a store that the reader accepts.
                prop_assert!(begins(bytes.first_chunk().unwrap()) || bytes[0] == 0x30);
            }
        }
    }

    #[test]
    fn any_bytes_end(head in prop::sample::select(vec![&b"\xfe\xed\xfe\xed\0\0\0\x02"[..], b"\xce\xce\xce\xce", b"\0\0\0\x02\0\0\0\x14", b"0\x80\x02\x01\x03", b"0\x82"]), bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0..4u8], 0..200)) {
        let bytes = [head, &bytes].concat();
        for format in StoreFormat::ALL {
            let Some(store) = format.read(&bytes) else { continue };
            prop_assert!(store.length <= bytes.len() && format.may_begin(&bytes));
            // The bytes after a store do not affect it.
            prop_assert_eq!(format.read(&bytes[..store.length]), Some(store));
        }
    }
}
