//! Several copies of one id, with the same content and with another one.

use std::sync::Arc;

use super::handmade_pack::{Part, prepend, write};
use super::*;

const FORMATS: [ObjectFormat; 2] = [ObjectFormat::Sha1, ObjectFormat::Sha256];

fn id(format: ObjectFormat, bytes: &[u8]) -> ObjectId {
    ObjectId::of(format, ObjectKind::Blob, bytes)
}

fn whole(bytes: &[u8]) -> Part {
    Part::Whole(ObjectKind::Blob, bytes.to_vec())
}

/// The contents that a walk shows under an id, right or wrong, in order.
fn contents(seen: &Seen, id: ObjectId) -> Vec<Vec<u8>> {
    let right = seen.objects.get(&id).map(|(_, bytes)| bytes.clone());
    let wrong = seen.wrong.iter().filter(|(other, ..)| *other == id);
    let mut all: Vec<_> = right
        .into_iter()
        .chain(wrong.map(|(_, _, bytes)| bytes.clone()))
        .collect();
    all.sort();
    all
}

#[test]
fn each_content_is_shown_once() {
    for format in FORMATS {
        let root = tempfile::tempdir().unwrap();
        let blob = id(format, b"one");
        for (name, bytes) in [("a", b"one"), ("b", b"two"), ("c", b"one"), ("d", b"two")] {
            write(root.path(), name, 2, &[(blob, whole(bytes))]);
        }
        let (forest, seen) = see_all(root.path(), format);
        assert_eq!(contents(&seen, blob), [b"one".to_vec(), b"two".to_vec()]);
        assert_eq!((forest.nodes(), forest.variants().len()), (4, 1));
        assert_eq!(forest.count(ObjectKinds::ALL), 1);
        let [
            CopyFlaw {
                flaw: CopyFlawKind::Differs(CopyPlace::Pack(one), CopyPlace::Pack(other)),
                ..
            },
        ] = forest.copy_flaws()
        else {
            panic!("{:?}", forest.copy_flaws());
        };
        assert!(one.ends_with("pack/a.pack") && other.ends_with("pack/b.pack"));
    }
}

#[test]
fn the_deltas_of_each_content_stay_on_it() {
    for format in FORMATS {
        let root = tempfile::tempdir().unwrap();
        let (base, child, only) = (
            id(format, b"one"),
            id(format, b">one"),
            id(format, b">>two"),
        );
        let deltas = |base: &[u8], new: &[u8]| prepend(base, new);
        write(
            root.path(),
            "a",
            2,
            &[
                (base, whole(b"one")),
                (child, Part::Offset(0, deltas(b"one", b">"))),
            ],
        );
        write(
            root.path(),
            "b",
            2,
            &[
                (base, whole(b"two")),
                (child, Part::Offset(0, deltas(b"two", b">"))),
                // A delta by id is applied to the copy of its own pack.
                (only, Part::Reference(child, deltas(b">two", b">"))),
            ],
        );
        let (forest, seen) = see_all(root.path(), format);
        assert_eq!(contents(&seen, base), [b"one".to_vec(), b"two".to_vec()]);
        assert_eq!(contents(&seen, child), [b">one".to_vec(), b">two".to_vec()]);
        assert_eq!(contents(&seen, only), [b">>two".to_vec()]);
        assert_eq!(seen.unread.len(), 0);
        assert_eq!(forest.variants().len(), 2);
    }
}

#[test]
fn a_copy_with_the_right_id_stands_for_the_object() {
    // An index of version 1 has no checksums, so its objects are hashed.
    let root = tempfile::tempdir().unwrap();
    let blob = id(ObjectFormat::Sha1, b"right");
    write(root.path(), "a", 1, &[(blob, whole(b"wrong"))]);
    write(root.path(), "b", 1, &[(blob, whole(b"right"))]);
    let (forest, seen) = see_all(root.path(), ObjectFormat::Sha1);
    let read = ObjectReader::new(&forest, 100).object(blob).unwrap();
    assert_eq!(read, Ok((ObjectKind::Blob, b"right".to_vec())));
    assert_eq!(
        contents(&seen, blob),
        [b"right".to_vec(), b"wrong".to_vec()]
    );
}

#[test]
fn a_damaged_first_copy_is_reported_and_replaced() {
    let root = tempfile::tempdir().unwrap();
    let blob = id(ObjectFormat::Sha1, b"short");
    let lie = Part::Lie(ObjectKind::Blob, 9, b"short".to_vec());
    write(root.path(), "a", 2, &[(blob, lie)]);
    write(root.path(), "b", 2, &[(blob, whole(b"short"))]);
    write(root.path(), "c", 2, &[(blob, whole(b"other"))]);
    let (forest, seen) = see_all(root.path(), ObjectFormat::Sha1);
    assert_eq!(
        contents(&seen, blob),
        [b"other".to_vec(), b"short".to_vec()]
    );
    assert_eq!(seen.unread.len(), 0);
    let flaws: Vec<_> = forest.copy_flaws().iter().map(|flaw| &flaw.flaw).collect();
    assert!(
        matches!(
            flaws[..],
            [
                CopyFlawKind::Unreadable(CopyPlace::Pack(_), ObjectError::WrongSize { .. }),
                CopyFlawKind::Differs(..)
            ]
        ),
        "{flaws:?}"
    );
}

#[test]
fn copies_with_the_same_content_have_no_flaw() {
    for format in FORMATS {
        let repo = random_repositories::sample(format, &[(50, 50), (10, 3)]);
        repo.git(&["repack", "-q", "-a", "--window=50"], b"");
        random_repositories::again(&repo);
        let (forest, seen) = see_all(&repo.objects(), format);
        assert!(forest.nodes() as usize > seen.objects.len());
        assert_eq!(forest.copy_flaws(), []);
        assert_eq!(forest.variants(), []);
        same(&seen.objects, &repo.listing());
    }
}

#[test]
fn copies_of_scanned_objects_are_compared() {
    let root = tempfile::tempdir().unwrap();
    let blob = id(ObjectFormat::Sha1, b"one");
    write(root.path(), "a", 2, &[(blob, whole(b"one"))]);
    let scanned = Forest::open(root.path(), ObjectFormat::Sha1, 1)
        .unwrap()
        .identities();
    let agrees = || {
        let boundary = crate::source::git::Boundary::unlimited();
        let supplement = Arc::new(SizeSupplement::of_one_repository());
        Forest::open_beside(
            &boundary,
            root.path(),
            ObjectFormat::Sha1,
            1,
            &supplement,
            &scanned,
        )
        .unwrap()
        .unwrap()
        .agrees_with_scanned()
    };
    assert!(agrees());
    let other = [
        (id(ObjectFormat::Sha1, b"x"), whole(b"x")),
        (blob, whole(b"one")),
    ];
    write(root.path(), "b", 2, &other);
    assert!(agrees());
    write(root.path(), "b", 2, &[(blob, whole(b"two"))]);
    assert!(!agrees());
    std::fs::remove_file(root.path().join("pack/b.pack")).unwrap();
    std::fs::remove_file(root.path().join("pack/b.idx")).unwrap();
    let hex = blob.to_string();
    let loose = root.path().join(&hex[..2]).join(&hex[2..]);
    std::fs::create_dir(loose.parent().unwrap()).unwrap();
    let put = |bytes: &[u8]| std::fs::write(&loose, inflate::tests::deflate(bytes)).unwrap();
    put(b"blob 3\0one");
    assert!(agrees());
    put(b"blob 3\0two");
    assert!(!agrees());
}
