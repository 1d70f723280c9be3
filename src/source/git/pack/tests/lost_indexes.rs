//! Packs whose indexes are lost.

use super::handmade_pack::{Part, blob, prepend, write};
use super::*;
use crate::source::git::pack::index_rebuild::rebuild;
use crate::source::git::pack::pack_index;

/// Packs of git whose indexes are lost: nothing else is.
#[test]
fn packs_are_read_without_their_indexes() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let repo = random_repositories::sample(format, &[(50, 50), (10, 3)]);
        let listing = repo.listing();
        repo.git(
            &[
                "-c",
                "repack.useDeltaBaseOffset=false",
                "repack",
                "-q",
                "-a",
                "-d",
                "-f",
            ],
            b"",
        );
        for made in 0..3 {
            for index in repo.files("idx") {
                let pack = index.with_extension("pack");
                let good = std::fs::read(&index).unwrap();
                match made {
                    // The very index that git wrote.
                    0 => {
                        let bytes = std::fs::read(&pack).unwrap();
                        let count = u32::from_be_bytes(bytes[8..12].try_into().unwrap());
                        let end = bytes.len() - format.length();
                        let rebuilt = rebuild(&bytes, 12, end, count, format, 1 << 20);
                        assert_eq!((rebuilt.rows.len(), rebuilt.gap), (count as usize, None));
                        let sum = format.first(&bytes[end..]).unwrap();
                        assert!(pack_index::write(&rebuilt.rows, sum) == good);
                    }
                    1 => overwrite(&index, &good[..good.len() / 2]),
                    _ => std::fs::remove_file(&index).unwrap(),
                }
            }
            let (forest, seen) = see_all(&repo.objects(), format);
            assert_eq!((forest.flaws(), seen.unread.len()), (&[][..], 0));
            same(&seen.objects, &listing);
            assert!(made > 0 || seen.deltas > 50);
        }
    }
}

/// Git reads no object here, although an index of all packs exists.
#[test]
fn packs_are_read_under_a_multi_pack_index() {
    let repo = random_repositories::sample(ObjectFormat::Sha1, &[(50, 50), (10, 3)]);
    repo.git(&["multi-pack-index", "write"], b"");
    let listing = repo.listing();
    repo.files("idx")
        .iter()
        .for_each(|index| std::fs::remove_file(index).unwrap());
    let (forest, seen) = see_all(&repo.objects(), ObjectFormat::Sha1);
    assert_eq!(forest.flaws(), &[]);
    same(&seen.objects, &listing);
}

#[test]
fn what_cannot_be_read_is_told() {
    let root = tempfile::tempdir().unwrap();
    let (base, child) = (b"base".to_vec(), b"a base".to_vec());
    let lost = ObjectId::from([7; 20]);
    let parts = [
        (
            blob(&child),
            Part::Reference(blob(&base), prepend(&base, b"a ")),
        ),
        (blob(&base), Part::Whole(ObjectKind::Blob, base.clone())),
        (
            ObjectId::from([8; 20]),
            Part::Reference(lost, prepend(&base, b"b")),
        ),
        (
            ObjectId::from([9; 20]),
            Part::Offset(2, prepend(&base, b"c")),
        ),
        (
            ObjectId::from([5; 20]),
            Part::Offset(1, b"nonsense".to_vec()),
        ),
    ];
    write(root.path(), "p", 2, &parts);
    std::fs::remove_file(root.path().join("pack/p.idx")).unwrap();
    let (forest, seen) = see_all(root.path(), ObjectFormat::Sha1);
    assert_eq!(
        (seen.objects.len(), seen.unread.len(), seen.deltas),
        (2, 0, 1)
    );
    assert_eq!(seen.objects[&blob(&child)].1, child);
    let told: Vec<_> = forest
        .flaws()
        .iter()
        .map(|flaw| flaw.why.as_str())
        .collect();
    assert!(
        told[0].starts_with("the pack has no index; 2 of its 5 objects can be read, up to byte "),
        "{told:?}"
    );
    // Cut within the third entry.
    let pack = root.path().join("pack/p.pack");
    let bytes = std::fs::read(&pack).unwrap();
    overwrite(&pack, &bytes[..bytes.len() - 70]);
    let (forest, seen) = see_all(root.path(), ObjectFormat::Sha1);
    assert!(
        seen.objects.len() == 2
            && forest.flaws()[0]
                .why
                .contains("; 2 of its 5 objects can be read")
    );
    for length in 0..60 {
        overwrite(&pack, &bytes[..length]);
        let (forest, seen) = see_all(root.path(), ObjectFormat::Sha1);
        assert!(seen.unread.is_empty() && !forest.flaws().is_empty());
    }
}

#[test]
fn chains_of_any_length_end() {
    let root = tempfile::tempdir().unwrap();
    let mut bytes = b"root".to_vec();
    let mut parts = vec![(blob(&bytes), Part::Whole(ObjectKind::Blob, bytes.clone()))];
    for n in 0..3000 {
        let new = format!("{n} ");
        let (id, delta) = (blob(&bytes), prepend(&bytes, new.as_bytes()));
        bytes = [new.as_bytes(), &bytes[..]].concat();
        parts.push((blob(&bytes), Part::Reference(id, delta)));
    }
    // Bases behind their deltas, and one that names itself.
    parts.reverse();
    parts.push((
        ObjectId::from([1; 20]),
        Part::Reference(ObjectId::from([1; 20]), prepend(b"x", b"y")),
    ));
    write(root.path(), "p", 2, &parts);
    std::fs::remove_file(root.path().join("pack/p.idx")).unwrap();
    let (forest, seen) = see_all(root.path(), ObjectFormat::Sha1);
    assert_eq!((seen.objects.len(), forest.flaws().len()), (3001, 1));
    assert_eq!(seen.objects[&blob(&bytes)].1, bytes);
}
