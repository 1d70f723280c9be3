//! The work of reading, counted: it is limited in proportion to the bytes of a repository, whatever its deltas make of them.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::handmade_pack::{Part, blob, prepend, write};
use super::*;
use crate::source::git::pack::delta::tests::{write_copy, write_size};
use crate::source::git::pack::size_supplement::{LEAST, SizeSupplement};

/// A delta that puts its base into the object this many times.
fn repeat(base: usize, times: usize) -> Vec<u8> {
    let mut out = [write_size(base as u64), write_size((base * times) as u64)].concat();
    for _ in 0..times {
        for (n, start) in (0..base).step_by(0x1_0000).enumerate() {
            let length = (base - start).min(0x1_0000);
            out.extend(write_copy((n * 0x1_0000) as u32, length as u32));
        }
    }
    out
}

fn made_up(n: u32) -> ObjectId {
    let mut id = [0; 20];
    id[..4].copy_from_slice(&n.wrapping_mul(0x9e37_79b9).to_be_bytes());
    id[4..8].copy_from_slice(&n.to_be_bytes());
    ObjectId::from(id)
}

/// Counts the bytes that it is shown.
struct Counter;

#[derive(Default)]
struct Counted {
    /// The bytes of this walk, and those that the meter has not been told.
    bytes: u64,
    untold: u64,
    shown: BTreeSet<NodeIndex>,
    unread: BTreeMap<NodeIndex, ObjectError>,
}

impl Visitor for Counter {
    type Worker = Counted;
    type State = ();

    fn worker(&self) -> Counted {
        Counted::default()
    }

    fn searched(&self, worker: &mut Counted) -> u64 {
        std::mem::take(&mut worker.untold)
    }

    fn object(&self, worker: &mut Counted, object: &Object<'_, ()>) {
        worker.bytes += object.bytes.len() as u64;
        worker.untold += object.bytes.len() as u64;
        worker.shown.insert(object.node);
    }

    fn unread(&self, worker: &mut Counted, unread: &UnreadObject) {
        worker.unread.insert(unread.node, unread.why.clone());
    }
}

fn count(objects: &Path, workers: usize, expansion: u64) -> Counted {
    count_in_target(
        objects,
        workers,
        expansion,
        &SizeSupplement::of_target().into(),
    )
}

/// Counts a repository of a target whose repositories share a supplement.
fn count_in_target(
    objects: &Path,
    workers: usize,
    expansion: u64,
    supplement: &Arc<SizeSupplement>,
) -> Counted {
    supplement.begin_next();
    let boundary = crate::source::git::Boundary::unlimited();
    let forest =
        Forest::open_within(&boundary, objects, ObjectFormat::Sha1, 1, supplement).unwrap();
    let limits = Limits {
        expansion,
        ..Limits::default()
    };
    let options = Options {
        kinds: ObjectKinds::ALL,
        workers,
        limits,
    };
    let mut all = Counted::default();
    for part in walk(&forest, &options, &Counter, &NoProgress) {
        all.bytes += part.bytes;
        all.shown.extend(part.shown);
        all.unread.extend(part.unread);
    }
    assert_eq!(all.shown.len() + all.unread.len(), forest.nodes() as usize);
    all
}

/// A chain in which every object has twice the bytes of the one before, and small objects of every size beside it.
fn doubling(objects: &Path) -> Vec<usize> {
    let line = b"password: hunter22-aBcD\n".to_vec();
    let mut sizes = vec![line.len()];
    let mut parts = vec![(blob(&line), Part::Whole(ObjectKind::Blob, line))];
    for n in 0..20 {
        let base = sizes[n];
        parts.push((made_up(n as u32), Part::Offset(n, repeat(base, 2))));
        sizes.push(2 * base);
    }
    for n in 0..50u8 {
        let small = vec![n; 1000 + usize::from(n)];
        sizes.push(small.len());
        parts.push((blob(&small), Part::Whole(ObjectKind::Blob, small)));
    }
    write(objects, "bomb", 2, &parts);
    sizes
}

#[test]
fn of_a_bomb_the_smallest_objects_are_read() {
    let root = tempfile::tempdir().unwrap();
    let sizes = doubling(root.path());
    let whole: u64 = sizes.iter().map(|&size| size as u64).sum();
    // All of it within the limit: nothing is left out.
    let counted = count(root.path(), 1, whole.div_ceil(LEAST));
    assert_eq!((counted.unread.len(), counted.bytes), (0, whole));
    let one = count(root.path(), 1, 8);
    assert!(one.bytes <= 8 << 17, "{}", one.bytes);
    assert!(
        one.unread
            .values()
            .all(|why| *why == ObjectError::Unplanned)
    );
    // The small ones beside the bomb are there, and the first links of the chain.
    assert!(one.shown.len() > 60, "{}", one.shown.len());
    for workers in [2, 4] {
        let other = count(root.path(), workers, 8);
        assert_eq!((other.shown, other.bytes), (one.shown.clone(), one.bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    /// Trees of deltas: each entry puts an earlier one into itself several times.
    #[test]
    fn generated_chains_are_read_within_the_limit(
        links in prop::collection::vec((any::<prop::sample::Index>(), 1..4_usize), 1..60),
        expansion in 1..5_u64,
    ) {
        let root = tempfile::tempdir().unwrap();
        let line = b"password: hunter22-aBcD\n".repeat(100);
        let mut sizes = vec![line.len()];
        let mut parts = vec![(blob(&line), Part::Whole(ObjectKind::Blob, line))];
        for (n, (base, times)) in links.iter().enumerate() {
            let base = base.index(sizes.len());
            let times = if sizes[base] * times > 4 << 20 { 1 } else { *times };
            parts.push((made_up(n as u32), Part::Offset(base, repeat(sizes[base], times))));
            sizes.push(times * sizes[base]);
        }
        write(root.path(), "chains", 2, &parts);
        let one = count(root.path(), 1, expansion);
        // A small repository counts as so many bytes.
        let limit = expansion * LEAST;
        prop_assert!(one.bytes <= limit, "{}", one.bytes);
        let whole: u64 = sizes.iter().map(|&size| size as u64).sum();
        prop_assert_eq!(one.bytes == whole, one.unread.is_empty());
        prop_assert!(one.unread.is_empty() || whole > limit);
        let other = count(root.path(), 3, expansion);
        prop_assert_eq!((other.shown, other.bytes), (one.shown, one.bytes));
    }
}

#[test]
fn many_small_bombs_of_one_target_make_little_more_than_one() {
    let bomb = tempfile::tempdir().unwrap();
    doubling(bomb.path());
    // An ordinary small repository beside it: a text, and another version.
    let small = tempfile::tempdir().unwrap();
    let text: Vec<u8> = (0..2000u32).flat_map(u32::to_be_bytes).collect();
    let parts = [
        (blob(&text), Part::Whole(ObjectKind::Blob, text.clone())),
        (made_up(1), Part::Offset(0, repeat(text.len(), 1))),
    ];
    write(small.path(), "small", 2, &parts);
    let expansion = 8;
    let in_target = |workers: usize| {
        let supplement = Arc::new(SizeSupplement::of_target());
        let count = |objects| count_in_target(objects, workers, expansion, &supplement);
        let before = count(small.path());
        let bombs: Vec<Counted> = (0..5).map(|_| count(bomb.path())).collect();
        (before, bombs, count(small.path()))
    };
    let (before, bombs, after) = in_target(1);
    // Small repositories are read completely, before the bombs and after them.
    assert!(before.unread.is_empty() && after.unread.is_empty());
    assert_eq!(before.bytes, 2 * text.len() as u64);
    // The first bomb has the supplement, the others only their own bytes.
    let alone = count(bomb.path(), 1, expansion);
    assert_eq!(bombs[0].bytes, alone.bytes);
    assert!(bombs[1].bytes < alone.bytes / 4);
    let objects = bombs[0].shown.len() + bombs[0].unread.len();
    for other in &bombs[1..] {
        assert_eq!(other.shown, bombs[1].shown);
        assert_eq!(other.shown.len() + other.unread.len(), objects);
    }
    for workers in [2, 4] {
        let (_, others, _) = in_target(workers);
        for (other, one) in others.iter().zip(&bombs) {
            assert_eq!((&other.shown, other.bytes), (&one.shown, one.bytes));
        }
    }
}

#[test]
fn many_deltas_on_one_large_object_are_limited_together() {
    let root = tempfile::tempdir().unwrap();
    let base = vec![b'x'; 1 << 20];
    let mut parts = vec![(blob(&base), Part::Whole(ObjectKind::Blob, base.clone()))];
    for n in 0..2000 {
        parts.push((made_up(n), Part::Offset(0, repeat(base.len(), 1))));
    }
    write(root.path(), "wide", 2, &parts);
    let counted = count(root.path(), 2, (64 << 20) / LEAST);
    // The deltas themselves count, too.
    assert_eq!(counted.bytes, 7 << 20);
    assert_eq!(counted.unread.len(), 2001 - 7);
}

#[test]
fn an_object_that_is_left_out_takes_its_deltas_with_it() {
    let root = tempfile::tempdir().unwrap();
    let base = vec![b'x'; 3 << 20];
    let cut = [write_size(3 << 20), vec![3, 0x90, 3]].concat();
    let parts = [
        (blob(&base), Part::Whole(ObjectKind::Blob, base)),
        (made_up(1), Part::Offset(0, cut)),
        (
            blob(b"good"),
            Part::Whole(ObjectKind::Blob, b"good".to_vec()),
        ),
    ];
    write(root.path(), "p", 2, &parts);
    let counted = count(root.path(), 1, 1);
    assert_eq!((counted.shown.len(), counted.unread.len()), (1, 2));
    assert!(
        counted
            .unread
            .values()
            .all(|why| *why == ObjectError::Unplanned)
    );
}

#[test]
fn reading_all_objects_of_a_chain_costs_little_more_than_reading_the_last() {
    let root = tempfile::tempdir().unwrap();
    let length = 5000;
    let mut bytes = b"root".repeat(20);
    let mut parts = vec![(blob(&bytes), Part::Whole(ObjectKind::Blob, bytes.clone()))];
    for n in 0..length {
        let new = format!("{n:06}");
        let delta = [
            write_size(bytes.len() as u64),
            write_size(bytes.len() as u64),
            vec![6],
            new.clone().into_bytes(),
            write_copy(0, bytes.len() as u32 - 6),
        ]
        .concat();
        bytes = [new.as_bytes(), &bytes[..bytes.len() - 6]].concat();
        parts.push((blob(&bytes), Part::Offset(n, delta)));
    }
    write(root.path(), "chain", 2, &parts);
    let forest = Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap();
    let mut reader = ObjectReader::new(&forest, 1 << 20);
    for (id, _) in &parts {
        assert!(reader.object(*id).unwrap().is_ok());
    }
    let once = (parts.len() * bytes.len()) as u64;
    // Each is made from a base that is kept, which counts like making it.
    assert!(reader.spent() <= 2 * once);
    // Backwards, the whole chain is made once.
    let mut reader = ObjectReader::new(&forest, 1 << 20);
    for (id, _) in parts.iter().rev() {
        assert!(reader.object(*id).unwrap().is_ok());
    }
    assert!(reader.spent() <= 2 * once);
}

#[test]
fn a_reader_makes_no_more_than_its_repository_allows() {
    let root = tempfile::tempdir().unwrap();
    let base = vec![b'x'; 40 << 20];
    let mut parts = vec![(blob(&base), Part::Whole(ObjectKind::Blob, base.clone()))];
    for n in 0..300 {
        parts.push((made_up(n), Part::Offset(n as usize, repeat(base.len(), 1))));
    }
    write(root.path(), "chain", 2, &parts);
    let forest = Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap();
    let mut reader = ObjectReader::new(&forest, 1 << 30);
    assert!(reader.object(made_up(10)).unwrap().is_ok());
    assert_eq!(
        reader.object(made_up(299)),
        Some(Err(ObjectError::Unplanned))
    );
    assert!(reader.spent() <= 4 << 30);
}

#[test]
fn long_chains_are_walked() {
    let root = tempfile::tempdir().unwrap();
    let base = b"x".to_vec();
    let mut parts = vec![(blob(&base), Part::Whole(ObjectKind::Blob, base.clone()))];
    for n in 0..100_000 {
        parts.push((made_up(n), Part::Offset(n as usize, repeat(1, 1))));
    }
    write(root.path(), "chain", 2, &parts);
    let counted = count(root.path(), 2, 256);
    assert_eq!((counted.shown.len(), counted.bytes), (100_001, 100_001));
    let forest = Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap();
    let mut reader = ObjectReader::new(&forest, 100);
    assert_eq!(
        reader.object(made_up(99_999)),
        Some(Ok((ObjectKind::Blob, base)))
    );
    // By ids, so that no order of the pack helps.
    let root = tempfile::tempdir().unwrap();
    let delta = || prepend(b"", b"");
    let mut parts: Vec<(ObjectId, Part)> = (0..100_000)
        .map(|n| (made_up(n), Part::Reference(made_up(n + 1), delta())))
        .collect();
    parts.push((made_up(100_000), Part::Whole(ObjectKind::Blob, Vec::new())));
    write(root.path(), "chain", 2, &parts);
    assert_eq!(count(root.path(), 2, 256).shown.len(), 100_001);
}

#[test]
fn a_walk_enters_only_what_leads_to_the_wanted() {
    let root = tempfile::tempdir().unwrap();
    let mut parts = vec![(blob(b"x"), Part::Whole(ObjectKind::Blob, b"x".to_vec()))];
    for n in 0..3000 {
        parts.push((made_up(n), Part::Offset(n as usize, repeat(1, 1))));
    }
    write(root.path(), "chain", 2, &parts);

    struct Entered<'a>(&'a HashSet<NodeIndex>);
    impl Visitor for Entered<'_> {
        type Worker = usize;
        type State = ();
        fn worker(&self) -> usize {
            0
        }
        fn enters(&self, node: NodeIndex) -> bool {
            self.0.contains(&node)
        }
        fn object(&self, seen: &mut usize, _: &Object<'_, ()>) {
            *seen += 1;
        }
        fn unread(&self, _: &mut usize, unread: &UnreadObject) {
            panic!("{unread:?}");
        }
    }
    let forest = Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap();
    let wanted = [99, 499, 999].map(|n| forest.node(made_up(n)).unwrap());
    let needed = forest.with_bases(wanted);
    assert_eq!(needed.len(), 1001);
    let options = Options {
        kinds: ObjectKinds::BLOBS,
        workers: 2,
        limits: Limits::default(),
    };
    let seen: usize = walk(&forest, &options, &Entered(&needed), &NoProgress)
        .into_iter()
        .sum();
    assert_eq!(seen, 1001);
}
