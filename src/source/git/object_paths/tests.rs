use proptest::prelude::*;

use super::*;
use crate::progress::NoProgress;
use crate::source::git::commits::{self, MessageVisitor};
use crate::source::git::object_header::ObjectHeader;
use crate::source::git::pack::tests::handmade_pack::{Part, write};
use crate::source::git::pack::{Limits, ObjectFormat, ObjectKind};

struct Nobody;

impl MessageVisitor for Nobody {
    type Worker = ();
    fn worker(&self) {}
    fn object(&self, (): &mut (), _: ObjectKind, _: ObjectId, _: ObjectHeader) -> u64 {
        0
    }
}

const USUAL: PathLimits = PathLimits {
    room: 512 << 20,
    steps: 1 << 26,
};

fn indexes(numbers: &[u32]) -> Vec<CommitIndex> {
    numbers.iter().copied().map(CommitIndex::new).collect()
}

fn id(n: u8) -> ObjectId {
    ObjectId::from([n; 20])
}

/// The paths of object 0.
fn places(parts: &[(ObjectId, Part)], asked: &[u32], limits: PathLimits) -> ObjectPaths {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "p", 2, parts);
    let forest = Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap();
    let trees = TreeIndex::build(&forest, 1, Limits::default(), &NoProgress);
    let (commits, _) = commits::collect(&forest, 1, Limits::default(), &Nobody, &NoProgress);
    within(
        &forest,
        &trees,
        &commits,
        &indexes(asked),
        &HashSet::from([forest.node(id(0)).unwrap()]),
        2,
        limits,
    )
}

/// Trees that each name the next one twice, under a name of `length` bytes, and a blob.
fn bomb(depth: u8, length: usize, limits: PathLimits) -> ObjectPaths {
    let mut parts = vec![(id(0), Part::Whole(ObjectKind::Blob, b"hit".to_vec()))];
    for n in 1..=depth {
        let mut tree = Vec::new();
        for (mode, name, to) in [
            ("40000", "a", n + 1),
            ("40000", "b", n + 1),
            ("100644", "c", 0),
        ] {
            tree.extend(
                format!("{mode} {}\0", name.repeat(length))
                    .bytes()
                    .chain(id(to).as_bytes().iter().copied()),
            );
        }
        parts.push((id(n), Part::Whole(ObjectKind::Tree, tree)));
    }
    let commit = format!("tree {}\n\n", id(1));
    parts.push((
        id(255),
        Part::Whole(ObjectKind::Commit, commit.into_bytes()),
    ));
    places(&parts, &[], limits)
}

#[test]
fn trees_that_stand_for_endless_paths_take_bounded_memory() {
    let few = bomb(3, 5, USUAL);
    assert_eq!((few.list.len(), few.crowded.len()), (7, 0));
    let many = bomb(
        200,
        100,
        PathLimits {
            room: PARTS << 20,
            ..USUAL
        },
    );
    assert!(
        many.list.len() > 10
            && many
                .list
                .iter()
                .map(|place| place.path.len())
                .sum::<usize>()
                < 1 << 20
    );
    assert_eq!(many.crowded, [id(255)]);
    let long = bomb(20, 20_000, USUAL);
    assert!(long.list.len() < 10 && long.crowded.len() == 1);
}

/// A tree with these entries: trees by number, and the hit under a name of its own. Names are numbers of six digits.
fn tree_of(trees: &[u32], has_hit: bool) -> Part {
    let mut raw = Vec::new();
    for (name, tree) in trees.iter().enumerate() {
        raw.extend(format!("40000 {name:06}\0").bytes());
        raw.extend(numbered(*tree).as_bytes());
    }
    if has_hit {
        raw.extend(b"100644 999999\0");
        raw.extend(id(0).as_bytes());
    }
    Part::Whole(ObjectKind::Tree, raw)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 100, ..ProptestConfig::default() })]

    /// Each tree holds some of those before it, the same one several times, and so stands for up to 4 to the power of 40
    /// paths.
    #[test]
    fn generated_trees_have_all_their_paths_or_are_cut_off(
        layers in prop::collection::vec((prop::collection::vec(1..4_u32, 0..5), any::<bool>()), 1..40),
    ) {
        const ROOM: usize = 1 << 20;
        let mut parts = vec![(id(0), Part::Whole(ObjectKind::Blob, b"hit".to_vec()))];
        // The numbers of paths below each tree, and of the bytes in them.
        let mut counts: Vec<(f64, f64)> = Vec::new();
        for (n, (behind, has_hit)) in layers.iter().enumerate() {
            let inner: Vec<u32> = behind.iter().filter_map(|back| (n as u32).checked_sub(*back)).collect();
            let (mut paths, mut bytes) = if *has_hit { (1.0, 6.0) } else { (0.0, 0.0) };
            for &tree in &inner {
                let (below, length) = counts[tree as usize];
                (paths, bytes) = (paths + below, bytes + length + 7.0 * below);
            }
            counts.push((paths, bytes));
            parts.push((numbered(n as u32), tree_of(&inner, *has_hit)));
        }
        let top = layers.len() as u32 - 1;
        parts.push((id(255), commit_of(numbered(top), &[])));
        let room = ROOM * PARTS;
        let found = places(&parts, &[], PathLimits { room, ..USUAL });
        let bytes: usize = found.list.iter().map(|place| place.path.len()).sum();
        prop_assert!(bytes <= ROOM, "{bytes}");
        let is_whole = found.crowded.is_empty() && !found.cut;
        let (paths, length) = counts[top as usize];
        if is_whole {
            prop_assert_eq!((found.list.len() as f64, bytes as f64), (paths, length));
        } else {
            // With all that is stored for a path.
            prop_assert!(length + 1000.0 * paths > ROOM as f64, "{paths} paths of {length} bytes");
        }
    }
}

#[test]
fn a_tree_that_holds_itself_is_cut_and_told() {
    let mut tree = Vec::new();
    for (mode, name, to) in [("40000", "a", 1), ("40000", "b", 2), ("100644", "c", 0)] {
        tree.extend(
            format!("{mode} {name}\0")
                .bytes()
                .chain(id(to).as_bytes().iter().copied()),
        );
    }
    let below = [
        b"40000 d\0",
        id(1).as_bytes(),
        b"100644 e\0",
        id(0).as_bytes(),
    ]
    .concat();
    let parts = [
        (id(0), Part::Whole(ObjectKind::Blob, b"hit".to_vec())),
        (id(1), Part::Whole(ObjectKind::Tree, tree)),
        (id(2), Part::Whole(ObjectKind::Tree, below)),
        (
            id(10),
            Part::Whole(
                ObjectKind::Commit,
                format!("tree {}\n\n", id(1)).into_bytes(),
            ),
        ),
    ];
    let found = places(&parts, &[0], USUAL);
    assert!(found.cut);
    // How much of a circle is followed depends on the tree at which that begins.
    let paths: Vec<&[u8]> = found
        .list
        .iter()
        .map(|place| place.path.as_slice())
        .collect();
    assert!(
        paths.contains(&&b"c"[..])
            && paths
                .iter()
                .all(|path| [&b"c"[..], b"b/e", b"b/d/c"].contains(path))
    );
}

#[test]
fn who_brings_who_leaves_and_who_holds() {
    let tree = |names: &[&str]| {
        let entry =
            |name: &&str| [format!("100644 {name}\0").as_bytes(), id(0).as_bytes()].concat();
        Part::Whole(ObjectKind::Tree, names.iter().flat_map(entry).collect())
    };
    let commit = |tree: u8, parents: &[u8]| {
        let parents: String = parents
            .iter()
            .map(|&n| format!("parent {}\n", id(n)))
            .collect();
        Part::Whole(
            ObjectKind::Commit,
            format!("tree {}\n{parents}\n", id(tree)).into_bytes(),
        )
    };
    let parts = [
        (id(0), Part::Whole(ObjectKind::Blob, b"hit".to_vec())),
        (id(1), tree(&["a"])),
        (id(2), tree(&["a", "b"])),
        (id(3), tree(&["b"])),
        // In the order of their ids, as commits are numbered: 0 holds a; 1 also b, 2 only b; 3 merges 1 and 2 to b.
        (id(10), commit(1, &[])),
        (id(11), commit(2, &[10])),
        (id(12), commit(3, &[10])),
        (id(13), commit(3, &[11, 12])),
    ];
    let place = |path: &str, brought: &[u32], left: &[u32], held: &[u32]| ObjectPath {
        path: path.into(),
        blob: id(0),
        introduced_by: indexes(brought),
        last_held_by: indexes(left),
        held_by: indexes(held),
    };
    let found = places(&parts, &[1, 3], USUAL);
    assert_eq!(
        found.list,
        [
            place("a", &[0], &[0, 1], &[1]),
            place("b", &[1, 2], &[], &[1, 3])
        ]
    );
}

fn numbered(n: u32) -> ObjectId {
    let mut id = [1; 20];
    id[..4].copy_from_slice(&n.to_be_bytes());
    ObjectId::from(id)
}

/// A tree with the hit under names from `first` on.
fn wide(first: u32, count: u32) -> Part {
    let entry = |n| [format!("100644 {n:06}\0").as_bytes(), id(0).as_bytes()].concat();
    Part::Whole(
        ObjectKind::Tree,
        (first..first + count).flat_map(entry).collect(),
    )
}

fn commit_of(tree: ObjectId, parents: &[ObjectId]) -> Part {
    let parents: String = parents.iter().map(|id| format!("parent {id}\n")).collect();
    Part::Whole(
        ObjectKind::Commit,
        format!("tree {tree}\n{parents}\n").into_bytes(),
    )
}

#[test]
fn commits_that_go_back_and_forth_between_two_large_trees_are_cut_off() {
    let mut parts = vec![
        (id(0), Part::Whole(ObjectKind::Blob, b"hit".to_vec())),
        (id(2), wide(0, 3000)),
        (id(3), wide(1, 3000)),
    ];
    for n in 1..3000u32 {
        let parents: Vec<ObjectId> = (n > 1).then(|| numbered(n - 1)).into_iter().collect();
        parts.push((numbered(n), commit_of(id(2 + (n % 2) as u8), &parents)));
    }
    // Each comparison takes 6,000 steps: one commit in a part of 200.
    let steps = 10_000 * PARTS as u64;
    let found = places(&parts, &[], PathLimits { steps, ..USUAL });
    assert!(found.cut);
    // The first commits of each part are compared.
    assert!(found.list.len() >= 3000);
    let whole = places(
        &parts,
        &[],
        PathLimits {
            steps: 1 << 40,
            ..USUAL
        },
    );
    assert!(!whole.cut);
    assert_eq!(whole.list.len(), 3001);
}

#[test]
fn a_parent_that_is_named_a_hundred_thousand_times_is_one() {
    let parents = vec![numbered(1); 60_000];
    let parts = [
        (id(0), Part::Whole(ObjectKind::Blob, b"hit".to_vec())),
        (id(2), wide(0, 2000)),
        (id(3), wide(1, 2000)),
        (numbered(1), commit_of(id(2), &[])),
        (numbered(2), commit_of(id(3), &parents)),
    ];
    // A comparison with each parent would take a hundred times as many.
    let found = places(
        &parts,
        &[],
        PathLimits {
            steps: PARTS as u64 * 4_000_000,
            ..USUAL
        },
    );
    assert!(!found.cut);
    assert_eq!(found.list.len(), 2001);
}
