//! Sizes, circles and shapes that are made to hurt.

use super::handmade_pack::{Part, blob, prepend, write};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn deltas_across_packs_and_loose_files_are_resolved() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let base = b"a base in a loose file".to_vec();
    repo.git(&["hash-object", "-w", "--stdin"], &base);
    let first = [b"one ", &base[..]].concat();
    let second = [b"two ", &first[..]].concat();
    let third = [b"three ", &second[..]].concat();
    let lost = ObjectId::from([7; 20]);
    write(
        &repo.objects(),
        "b",
        2,
        &[(
            blob(&first),
            Part::Reference(blob(&base), prepend(&base, b"one ")),
        )],
    );
    write(
        &repo.objects(),
        "a",
        1,
        &[
            (
                blob(&second),
                Part::Reference(blob(&first), prepend(&first, b"two ")),
            ),
            (blob(&third), Part::Offset(0, prepend(&second, b"three "))),
            (
                ObjectId::from([8; 20]),
                Part::Reference(lost, prepend(&base, b"x")),
            ),
            (
                ObjectId::from([9; 20]),
                Part::Offset(2, prepend(&base, b"y")),
            ),
        ],
    );
    let (forest, seen) = see_all(&repo.objects(), ObjectFormat::Sha1);
    assert_eq!((seen.objects.len(), seen.deltas), (4, 3));
    assert_eq!(seen.objects[&blob(&third)].1, third);
    assert_eq!(
        seen.unread[&ObjectId::from([8; 20])],
        ObjectError::MissingBase(lost)
    );
    assert_eq!(
        seen.unread[&ObjectId::from([9; 20])],
        ObjectError::BrokenBase
    );
    assert_eq!(
        (
            forest.kind(blob(&third)),
            forest.kind(ObjectId::from([8; 20]))
        ),
        (Some(ObjectKind::Blob), None)
    );
    // Objects of unknown kind are reported by the walk that asks for them.
    assert_eq!(
        see(&forest, ObjectKinds::BLOBS, 1, Limits::default())
            .unread
            .len(),
        0
    );
    assert_eq!(
        see(&forest, ObjectKinds::UNKNOWN, 1, Limits::default())
            .unread
            .len(),
        2
    );
}

#[test]
fn circles_end() {
    let (one, two, three) = (
        ObjectId::from([1; 20]),
        ObjectId::from([2; 20]),
        ObjectId::from([3; 20]),
    );
    let root = folder();
    let delta = || prepend(b"x", b"y");
    let parts = [
        (one, Part::Reference(two, delta())),
        (two, Part::Reference(one, delta())),
        (three, Part::Offset(1, delta())),
        (
            ObjectId::from([4; 20]),
            Part::Reference(ObjectId::from([4; 20]), delta()),
        ),
        (
            blob(b"good"),
            Part::Whole(ObjectKind::Blob, b"good".to_vec()),
        ),
    ];
    write(root.path(), "p", 2, &parts);
    // The same again, so that reading falls back on other copies.
    write(root.path(), "q", 1, &parts);
    let (forest, seen) = see_all(root.path(), ObjectFormat::Sha1);
    assert_eq!((seen.objects.len(), seen.unread.len()), (1, 4));
    assert!(
        seen.unread
            .values()
            .all(|why| *why == ObjectError::BrokenBase)
    );
    assert!(
        ObjectReader::new(&forest, 100)
            .object(three)
            .unwrap()
            .is_err()
    );
    assert!(
        ObjectReader::new(&forest, 100)
            .object(ObjectId::from([5; 20]))
            .is_none()
    );
}

#[test]
fn sizes_are_not_believed() {
    let root = folder();
    let base = vec![b'x'; 3000];
    let declared = |child: u64, code: &[u8]| {
        use super::super::delta::tests::write_size;
        [write_size(3000), write_size(child), code.to_vec()].concat()
    };
    let id = |n: u8| ObjectId::from([n; 20]);
    let parts = [
        (blob(&base), Part::Whole(ObjectKind::Blob, base.clone())),
        (id(1), Part::Offset(0, declared((1 << 32) - 1, &[0x90, 1]))),
        (id(2), Part::Offset(0, declared(1 << 40, &[0x90, 1]))),
        // Within the limits, and yet a lie.
        (id(3), Part::Offset(0, declared(500 << 20, &[0x90, 1]))),
        (
            id(4),
            Part::Lie(ObjectKind::Blob, 60 << 20, b"short".to_vec()),
        ),
        (
            id(5),
            Part::Lie(ObjectKind::Tree, u64::MAX, b"short".to_vec()),
        ),
        (id(6), Part::Lie(ObjectKind::Blob, 4, b"short".to_vec())),
        (id(7), Part::Offset(4, prepend(b"short", b"y"))),
    ];
    write(root.path(), "p", 2, &parts);
    let limits = Limits {
        visit: 512 << 20,
        decode: 512 << 20,
        ..Limits::default()
    };
    let seen = see(
        &Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap(),
        ObjectKinds::ALL,
        2,
        limits,
    );
    assert_eq!(seen.objects.len(), 1);
    assert_eq!(
        seen.unread[&id(1)],
        ObjectError::TooLarge {
            size: (1 << 32) - 1
        }
    );
    assert_eq!(seen.unread[&id(2)], ObjectError::TooLarge { size: 1 << 40 });
    assert!(matches!(seen.unread[&id(3)], ObjectError::BadDelta(_)));
    assert_eq!(
        seen.unread[&id(4)],
        ObjectError::WrongSize { declared: 60 << 20 }
    );
    assert_eq!(
        seen.unread[&id(5)],
        ObjectError::TooLarge { size: u64::MAX }
    );
    assert_eq!(seen.unread[&id(6)], ObjectError::WrongSize { declared: 4 });
    assert_eq!(seen.unread[&id(7)], ObjectError::BrokenBase);
}

#[test]
fn what_stands_on_large_objects_is_read_as_long_as_they_can_be_made() {
    let root = folder();
    let base = vec![b'x'; 3000];
    let small = b"xxx".to_vec();
    let cut = [
        super::super::delta::tests::write_size(3000),
        vec![3, 0x90, 3],
    ]
    .concat();
    let next = [b"y", &small[..]].concat();
    let large = [b"z", &base[..]].concat();
    let parts = [
        (blob(&base), Part::Whole(ObjectKind::Blob, base.clone())),
        (blob(&small), Part::Offset(0, cut)),
        (blob(&next), Part::Offset(1, prepend(&small, b"y"))),
        (blob(&large), Part::Offset(0, prepend(&base, b"z"))),
    ];
    write(root.path(), "p", 2, &parts);
    let forest = Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap();
    let see = |visit, decode| {
        see(
            &forest,
            ObjectKinds::ALL,
            1,
            Limits {
                visit,
                decode,
                memory: 1 << 20,
                ..Limits::default()
            },
        )
    };
    let seen = see(100, 5000);
    // The first has no base to inherit from, for that was not shown; the second has.
    assert_eq!((seen.objects.len(), seen.deltas), (2, 1));
    assert_eq!(
        seen.unread[&blob(&base)],
        ObjectError::TooLarge { size: 3000 }
    );
    assert_eq!(
        seen.unread[&blob(&large)],
        ObjectError::TooLarge { size: 3001 }
    );
    let seen = see(100, 2000);
    assert_eq!(seen.objects.len(), 0);
    assert_eq!(
        seen.unread[&blob(&base)],
        ObjectError::TooLarge { size: 3000 }
    );
    assert!(
        [&small, &next, &large]
            .iter()
            .all(|bytes| seen.unread[&blob(bytes)] == ObjectError::BaseTooLarge)
    );
}

/// Counts bytes that are alive at a time, through the states of bases.
struct Alive {
    now: std::sync::atomic::AtomicUsize,
    most: std::sync::atomic::AtomicUsize,
}

struct Token<'a>(&'a Alive);

impl Drop for Token<'_> {
    fn drop(&mut self) {
        self.0
            .now
            .fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    }
}

impl<'a> Visitor for &'a Alive {
    type Worker = usize;
    type State = Token<'a>;

    fn worker(&self) -> usize {
        0
    }

    fn object(&self, seen: &mut usize, _: &Object<'_, Token<'a>>) -> Token<'a> {
        *seen += 1;
        let now = self.now.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        self.most
            .fetch_max(now, std::sync::atomic::Ordering::Relaxed);
        Token(self)
    }

    fn unread(&self, _: &mut usize, unread: &UnreadObject) {
        panic!("{unread:?}");
    }
}

/// A chain of `length` deltas where each link has `leaves` further children.
fn comb(objects: &Path, length: usize, leaves: usize) -> usize {
    let mut bytes = b"base".to_vec();
    let mut parts = vec![(blob(&bytes), Part::Whole(ObjectKind::Blob, bytes.clone()))];
    let mut link = 0;
    for n in 0..length {
        let mut next = (0, Vec::new());
        for leaf in 0..=leaves {
            let new = format!("{n}.{leaf}");
            let child = [new.as_bytes(), &bytes[..]].concat();
            // Half of the links come before their siblings, so that order in the pack does not help.
            if leaf == n % 2 * leaves {
                next = (parts.len(), child.clone());
            }
            parts.push((
                blob(&child),
                Part::Offset(link, prepend(&bytes, new.as_bytes())),
            ));
        }
        (link, bytes) = next;
    }
    write(objects, "comb", 2, &parts);
    parts.len()
}

#[test]
fn deep_trees_hold_few_bases() {
    for (length, leaves) in [(400, 0), (300, 2)] {
        let root = folder();
        let count = comb(root.path(), length, leaves);
        let forest = Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap();
        for (workers, memory) in [(1, u64::MAX), (1, 0), (4, u64::MAX)] {
            let alive = Alive {
                now: Default::default(),
                most: Default::default(),
            };
            let limits = Limits {
                memory,
                ..Limits::default()
            };
            let options = Options {
                kinds: ObjectKinds::ALL,
                workers,
                limits,
            };
            let seen: usize = walk(&forest, &options, &&alive, &NoProgress)
                .into_iter()
                .sum();
            assert_eq!((seen, alive.now.into_inner()), (count, 0));
            // One base, its child, and the parts of these that others share.
            let most = alive.most.into_inner();
            assert!(most <= 4 * workers, "{most} with {workers} workers");
        }
    }
}

/// Shows no object whose first byte is even.
struct Odd<'a>(&'a Forest);

impl Visitor for Odd<'_> {
    type Worker = (usize, usize);
    type State = ObjectId;

    fn worker(&self) -> (usize, usize) {
        (0, 0)
    }

    fn wants(&self, node: NodeIndex, _: ObjectKind) -> bool {
        self.0.id(node).as_bytes()[0] % 2 == 1
    }

    fn object(
        &self,
        (seen, deltas): &mut (usize, usize),
        object: &Object<'_, ObjectId>,
    ) -> ObjectId {
        assert_eq!(
            (object.id().as_bytes()[0] % 2, object.id()),
            (1, blob(object.bytes))
        );
        let base = object
            .base
            .as_ref()
            .map(|base| (self.0.id(base.node), *base.state));
        assert!(base.is_none_or(|(id, state)| id == state && id.as_bytes()[0] % 2 == 1));
        *seen += 1;
        *deltas += usize::from(object.base.is_some());
        object.id()
    }

    fn unread(&self, _: &mut (usize, usize), unread: &UnreadObject) {
        panic!("{unread:?}");
    }
}

#[test]
fn what_is_not_wanted_is_not_shown() {
    let root = folder();
    comb(root.path(), 50, 2);
    let forest = Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap();
    let odd = forest
        .objects()
        .filter(|(id, _)| id.as_bytes()[0] % 2 == 1)
        .count();
    let options = Options {
        kinds: ObjectKinds::BLOBS,
        workers: 1,
        limits: Limits::default(),
    };
    let (seen, deltas) = walk(&forest, &options, &Odd(&forest), &NoProgress).remove(0);
    assert!(seen == odd && deltas > 0 && deltas < seen);
}

/// Two workers, of which neither does more than half before the other has done a part.
#[derive(Default)]
struct Polite {
    workers: AtomicUsize,
    seen: [AtomicUsize; 2],
}

impl Visitor for Polite {
    type Worker = usize;
    type State = ();

    fn worker(&self) -> usize {
        self.workers.fetch_add(1, Ordering::Relaxed)
    }

    fn object(&self, own: &mut usize, _: &Object<'_, ()>) {
        let seen = self.seen[*own].fetch_add(1, Ordering::Relaxed);
        // Where nothing is shared this ends, after a while, and the test fails.
        let start = std::time::Instant::now();
        let waits = || {
            self.seen[1 - *own].load(Ordering::Relaxed) <= 2_000 && start.elapsed().as_secs() < 60
        };
        while seen == 10_000 && waits() {
            std::thread::yield_now();
        }
    }

    fn unread(&self, _: &mut usize, unread: &UnreadObject) {
        panic!("{unread:?}");
    }
}

#[test]
fn one_tree_is_work_for_all() {
    let root = folder();
    let base = b"the only root".to_vec();
    let mut parts = vec![(blob(&base), Part::Whole(ObjectKind::Blob, base.clone()))];
    for n in 0..20_000 {
        let new = format!("{n} ");
        parts.push((
            blob(&[new.as_bytes(), &base[..]].concat()),
            Part::Offset(0, prepend(&base, new.as_bytes())),
        ));
    }
    write(root.path(), "wide", 2, &parts);
    let forest = Forest::open(root.path(), ObjectFormat::Sha1, 2).unwrap();
    let options = Options {
        kinds: ObjectKinds::ALL,
        workers: 2,
        limits: Limits::default(),
    };
    let polite = Polite::default();
    walk(&forest, &options, &polite, &NoProgress);
    let seen = polite.seen.map(AtomicUsize::into_inner);
    assert_eq!(seen.iter().sum::<usize>(), 20_001);
    assert!(seen.iter().all(|&seen| seen > 2_000), "{seen:?}");
}

#[test]
#[should_panic(expected = "the visitor's own")]
fn a_visitor_that_panics_ends_the_walk() {
    struct Panics;
    impl Visitor for Panics {
        type Worker = ();
        type State = ();
        fn worker(&self) {}
        fn object(&self, (): &mut (), object: &Object<'_, ()>) {
            assert!(object.base.is_none(), "the visitor's own");
        }
        fn unread(&self, (): &mut (), _: &UnreadObject) {}
    }
    let root = folder();
    comb(root.path(), 5, 2);
    let forest = Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap();
    let silence = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let options = Options {
        kinds: ObjectKinds::ALL,
        workers: 4,
        limits: Limits::default(),
    };
    let ended = std::panic::catch_unwind(|| walk(&forest, &options, &Panics, &NoProgress));
    std::panic::set_hook(silence);
    std::panic::resume_unwind(ended.unwrap_err());
}

#[test]
fn copies_that_are_all_damaged_are_tried_once_each() {
    // Every object in two packs, and the root of all is damaged in both.
    let root = folder();
    let length = 2000;
    let mut bytes = b"root".to_vec();
    let mut parts = vec![(blob(&bytes), Part::Lie(ObjectKind::Blob, 9, bytes.clone()))];
    for n in 0..length {
        let child = [format!("{n} ").as_bytes(), &bytes[..]].concat();
        let child = child[..child.len().min(50)].to_vec();
        parts.push((blob(&child), Part::Offset(n, prepend(&bytes, b"any"))));
        bytes = child;
    }
    write(root.path(), "p", 2, &parts);
    write(root.path(), "q", 2, &parts);
    let (forest, seen) = see_all(root.path(), ObjectFormat::Sha1);
    assert_eq!((seen.objects.len(), seen.unread.len()), (0, length + 1));
    assert_eq!(seen.unread[&blob(&bytes)], ObjectError::BrokenBase);
    let mut reader = ObjectReader::new(&forest, 100);
    for _ in 0..2 {
        assert_eq!(
            reader.object(blob(&bytes)),
            Some(Err(ObjectError::BrokenBase))
        );
        assert_eq!(
            reader.object(blob(b"root")),
            Some(Err(ObjectError::WrongSize { declared: 9 }))
        );
    }
    // One index that names an object over and over.
    let root = folder();
    let one = ObjectId::from([1; 20]);
    let copies: Vec<_> = (0..500)
        .map(|_| (one, Part::Lie(ObjectKind::Blob, 9, b"short".to_vec())))
        .collect();
    write(root.path(), "p", 2, &copies);
    let (_, seen) = see_all(root.path(), ObjectFormat::Sha1);
    assert_eq!((seen.objects.len(), seen.unread.len()), (0, 1));
}

#[test]
fn second_copies_that_stand_on_damaged_first_ones_are_read() {
    let root = folder();
    let mut bytes = b"root".to_vec();
    let mut damaged = vec![(blob(&bytes), Part::Lie(ObjectKind::Blob, 9, bytes.clone()))];
    let mut good = vec![(blob(&bytes), Part::Whole(ObjectKind::Blob, bytes.clone()))];
    for n in 0..200 {
        let new = format!("{n} ");
        let child = [new.as_bytes(), &bytes[..]].concat();
        damaged.push((blob(&child), Part::Offset(n, b"nonsense".to_vec())));
        good.push((
            blob(&child),
            Part::Reference(blob(&bytes), prepend(&bytes, new.as_bytes())),
        ));
        bytes = child;
    }
    write(root.path(), "a", 2, &damaged);
    write(root.path(), "b", 2, &good);
    let (forest, seen) = see_all(root.path(), ObjectFormat::Sha1);
    assert_eq!((seen.objects.len(), seen.unread.len()), (201, 0));
    assert_eq!(
        ObjectReader::new(&forest, 10_000).object(blob(&bytes)),
        Some(Ok((ObjectKind::Blob, bytes)))
    );
}
