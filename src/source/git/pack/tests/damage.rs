//! Damaged files: nothing panics, unreadable objects are named, and all others are read.

use proptest::prelude::*;
use std::sync::LazyLock;

use super::*;

struct Sample {
    repo: Repo,
    listing: BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>,
    /// The path and the bytes of each pack and index.
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Sample {
    fn new(repo: Repo) -> std::sync::Mutex<Self> {
        let listing = repo.listing();
        let paths = repo.files("pack").into_iter().chain(repo.files("idx"));
        let files = paths
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect();
        std::sync::Mutex::new(Self {
            repo,
            listing,
            files,
        })
    }

    /// Walks while one file has other bytes.
    fn with(&self, file: usize, change: impl Fn(&mut Vec<u8>)) -> (Forest, Seen) {
        let (path, good) = &self.files[file % self.files.len()];
        let mut bytes = good.clone();
        change(&mut bytes);
        overwrite(path, &bytes);
        let got = see_all(&self.repo.objects(), self.repo.format);
        overwrite(path, good);
        got
    }
}

/// One for each format.
type Samples = LazyLock<[std::sync::Mutex<Sample>; 2]>;

/// Two packs and loose objects.
static ONCE: Samples = LazyLock::new(|| {
    [ObjectFormat::Sha1, ObjectFormat::Sha256]
        .map(|format| Sample::new(random_repositories::sample(format, &[(50, 50), (10, 3)])))
});

/// Each object in two packs, with other deltas.
static TWICE: Samples = LazyLock::new(|| {
    [ObjectFormat::Sha1, ObjectFormat::Sha256].map(|format| {
        let repo = random_repositories::sample(format, &[(50, 50)]);
        repo.git(&["repack", "-q", "-a", "-d", "--window=50"], b"");
        random_repositories::again(&repo);
        Sample::new(repo)
    })
});

fn lock(samples: &Samples, sha256: bool) -> std::sync::MutexGuard<'_, Sample> {
    samples[usize::from(sha256)]
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Shown objects are right, and the others are reported: by their id, or as a flaw of a file.
fn check(sample: &Sample, forest: &Forest, seen: &Seen) {
    for (id, object) in &seen.objects {
        assert!(sample.listing.get(id) == Some(object), "{id}");
    }
    let untold = sample
        .listing
        .keys()
        .filter(|id| !seen.objects.contains_key(*id) && !seen.unread.contains_key(*id));
    assert!(untold.count() == 0 || !forest.flaws().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_shrink_iters: 50, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bytes(sha256: bool, file in 0usize..4, flips in proptest::collection::vec((any::<usize>(), 1u8..), 1..4)) {
        let sample = lock(&ONCE, sha256);
        let (forest, seen) = sample.with(file, |bytes| {
            for &(at, mask) in &flips {
                let at = at % bytes.len();
                bytes[at] ^= mask;
            }
        });
        check(&sample, &forest, &seen);
    }

    #[test]
    fn cut_files(sha256: bool, file in 0usize..4, at: usize) {
        let sample = lock(&ONCE, sha256);
        let (forest, seen) = sample.with(file, |bytes| bytes.truncate(at % bytes.len()));
        prop_assert_eq!(!forest.flaws().is_empty(), file < 2);
        check(&sample, &forest, &seen);
    }

    #[test]
    fn whatever_happens_to_an_index_nothing_is_lost(sha256: bool, file in 2usize..4, cut: bool, at: usize, mask in 1u8..) {
        let sample = lock(&ONCE, sha256);
        let (forest, seen) = sample.with(file, |bytes| {
            let at = at % bytes.len();
            bytes[at] ^= mask;
            bytes.truncate(if cut { at } else { bytes.len() });
        });
        prop_assert_eq!(forest.flaws(), &[]);
        prop_assert!(seen.unread.is_empty());
        same(&seen.objects, &sample.listing);
    }

    #[test]
    fn a_second_copy_helps(sha256: bool, file in 0usize..4, at: usize, mask in 1u8..) {
        let sample = lock(&TWICE, sha256);
        let (_, seen) = sample.with(file, |bytes| {
            let at = at % bytes.len();
            bytes[at] ^= mask;
        });
        // An index may now hold an id that no object has.
        prop_assert!(seen.unread.keys().all(|id| !sample.listing.contains_key(id)), "{:?}", seen.unread);
        same(&seen.objects, &sample.listing);
    }
}

#[test]
fn one_flip_costs_one_object_without_deltas() {
    let repo = random_repositories::sample(ObjectFormat::Sha1, &[(0, 0)]);
    let listing = repo.listing();
    let path = repo.files("pack").remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    overwrite(&path, &bytes);
    let (forest, seen) = see_all(&repo.objects(), ObjectFormat::Sha1);
    assert_eq!((forest.flaws(), seen.unread.len()), (&[][..], 1));
    assert_eq!(seen.unread.values().next(), Some(&ObjectError::BadChecksum));
    assert_eq!(seen.objects.len() + 1, listing.len());
}

#[test]
fn half_a_pack_is_half_read() {
    let sample = lock(&ONCE, false);
    let (forest, seen) = sample.with(0, |bytes| bytes.truncate(bytes.len() / 2));
    assert!(
        seen.unread
            .values()
            .any(|why| *why == ObjectError::OutOfPack)
    );
    assert!(seen.objects.len() > sample.listing.len() / 4);
    assert_eq!(forest.flaws().len(), 1);
    check(&sample, &forest, &seen);
}

#[test]
fn files_that_are_missing_are_told() {
    let repo = random_repositories::sample(ObjectFormat::Sha1, &[(50, 50), (10, 3)]);
    std::fs::remove_file(&repo.files("idx")[0]).unwrap();
    std::fs::remove_file(&repo.files("pack")[1]).unwrap();
    let (forest, seen) = see_all(&repo.objects(), ObjectFormat::Sha1);
    assert_eq!(
        (forest.flaws().len(), seen.unread.len(), forest.packs.len()),
        (1, 0, 1)
    );
    assert_eq!(seen.objects.len() as u32, forest.nodes());
    let (forest, seen) = see_all(&repo.objects().join("none"), ObjectFormat::Sha1);
    assert_eq!((forest.flaws().len(), seen.objects.len()), (1, 0));
}

#[test]
fn a_damaged_kind_is_told_by_the_walk_that_it_leads_to() {
    // Twice the same blob; the header of the first says that it is a tree.
    let root = tempfile::tempdir().unwrap();
    let text = b"a text".to_vec();
    let id = handmade_pack::blob(&text);
    handmade_pack::write(
        root.path(),
        "a",
        1,
        &[(
            id,
            handmade_pack::Part::Whole(ObjectKind::Tree, text.clone()),
        )],
    );
    handmade_pack::write(
        root.path(),
        "b",
        1,
        &[(
            id,
            handmade_pack::Part::Whole(ObjectKind::Blob, text.clone()),
        )],
    );
    let (forest, seen) = see_all(root.path(), ObjectFormat::Sha1);
    assert_eq!(seen.objects[&id], (ObjectKind::Blob, text));
    let wrong = |kinds| see(&forest, kinds, 1, Limits::default()).wrong.len();
    assert_eq!(
        (
            wrong(ObjectKinds::TREES),
            wrong(ObjectKinds::BLOBS.and(ObjectKinds::UNKNOWN))
        ),
        (1, 0)
    );
}
