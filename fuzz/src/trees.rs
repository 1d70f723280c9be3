//! Trees, commits and tags of any shape: names twice, nonsense between entries, circles of trees and of parents, by ids that
//! are made up with right checksums. The index of trees agrees with the trees read one by one.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use keyferry::progress::NoProgress;
use keyferry::source::git::Tips;
use keyferry::source::git::attribution::History;
use keyferry::source::git::commits::{self, MessageVisitor};
use keyferry::source::git::object_header::ObjectHeader;
use keyferry::source::git::object_paths;
use keyferry::source::git::pack::{
    Forest, Limits, NodeIndex, ObjectFormat, ObjectId, ObjectKind, ObjectReader,
};
use keyferry::source::git::signature;
use keyferry::source::git::tree_entry::{Entry, EntryKind};
use keyferry::source::git::tree_index::TreeIndex;
use keyferry::source::git::tree_index::reachability::{Reachability, RowIndex};

use crate::input::Input;
use crate::repository::{self, Files, Part, Parts, Splice};

const MODES: [&str; 8] = [
    "100644", "40000", "040000", "160000", "100755", "120000", "7", "99",
];
const LINES: [&str; 10] = [
    "tree ",
    "parent ",
    "parent ",
    "object ",
    "author A <a@x> 1700000000 +0530",
    "committer C <c@x> ",
    "tagger ",
    "gpgsig -----BEGIN",
    " ",
    "",
];

/// Objects are numbered, and so are their ids; the last numbers are those of none.
fn id(number: usize) -> ObjectId {
    ObjectId::from([number as u8; 20])
}

fn entry(input: &mut Input, out: &mut Vec<u8>) {
    match input.below(16) {
        0 => return out.extend(input.some()),
        1 => out.extend(format!("{}\0", MODES[input.below(8)]).as_bytes()),
        2 => {
            out.extend(format!("{} ", MODES[input.below(8)]).as_bytes());
            out.extend(input.some());
            out.push(0);
        }
        _ => {
            // Mostly names of their own, in whatever order.
            let name = input.byte();
            out.extend(
                format!(
                    "{} {}\0",
                    MODES[input.below(8)],
                    char::from(b'a' + name % 26)
                )
                .as_bytes(),
            );
        }
    }
    out.extend(id(input.below(20)).as_bytes());
}

fn headers(input: &mut Input) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..input.below(8) {
        let line = LINES[input.below(LINES.len())];
        out.extend(line.as_bytes());
        match input.below(4) {
            0 => out.extend(input.some()),
            1 => out.extend(format!("{} +0100", input.byte()).as_bytes()),
            _ => out.extend(id(input.below(20)).to_string().as_bytes()),
        }
        out.push(b'\n');
    }
    out.extend(b"\nmessage\n");
    out
}

fn parts(input: &mut Input) -> Parts {
    let mut parts = Parts::new();
    let mut trees: Vec<(usize, Vec<u8>)> = Vec::new();
    for number in 0..1 + input.below(18) {
        let part = match input.below(8) {
            0 => Part::Whole(ObjectKind::Blob, vec![number as u8]),
            1 => Part::Whole(
                if input.flag() {
                    ObjectKind::Commit
                } else {
                    ObjectKind::Tag
                },
                headers(input),
            ),
            choice if choice < 4 || trees.is_empty() => {
                let mut tree = Vec::new();
                (0..input.below(8)).for_each(|_| entry(input, &mut tree));
                trees.push((number, tree.clone()));
                Part::Whole(ObjectKind::Tree, tree)
            }
            _ => {
                let (base, bytes) = trees[input.below(trees.len())].clone();
                let starts = starts(&bytes);
                let mut splice = Splice::new();
                for _ in 0..input.below(5) {
                    if input.flag() {
                        let mut new = Vec::new();
                        entry(input, &mut new);
                        splice.insert(&new);
                        continue;
                    }
                    // Whole entries, as a rule.
                    let (mut from, mut to) = (
                        starts[input.below(starts.len())],
                        starts[input.below(starts.len())],
                    );
                    if input.below(4) == 0 {
                        (from, to) = (input.below(bytes.len() + 1), input.below(bytes.len() + 1));
                    }
                    splice.copy(&bytes, from, to.saturating_sub(from));
                }
                let delta = splice.delta(&bytes);
                trees.push((number, splice.child));
                Part::Offset(base, delta)
            }
        };
        parts.push((id(number), part));
    }
    parts
}

fn starts(tree: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    while let Some(entry) = Entry::first(&tree[starts[starts.len() - 1]..], ObjectFormat::Sha1) {
        starts.push(starts[starts.len() - 1] + entry.length);
    }
    starts
}

/// Name, id, and whether it is a tree.
type Plain = (Vec<u8>, ObjectId, bool);

struct Nobody;

impl MessageVisitor for Nobody {
    type Worker = usize;

    fn worker(&self) -> usize {
        0
    }

    fn object(&self, seen: &mut usize, kind: ObjectKind, _: ObjectId, _: ObjectHeader) -> u64 {
        assert!(matches!(kind, ObjectKind::Commit | ObjectKind::Tag));
        *seen += 1;
        0
    }
}

fn check(objects: &Path, workers: usize, hits: u32) {
    let forest = Forest::open(objects, ObjectFormat::Sha1, workers).expect("there are few objects");
    assert!(forest.flaws().is_empty(), "{:?}", forest.flaws());
    let limits = Limits::default();
    let trees = TreeIndex::build(&forest, workers, limits, &NoProgress);
    assert!(trees.unread.is_empty(), "{:?}", trees.unread);
    let (commits, messages) = commits::collect(&forest, workers, limits, &Nobody, &NoProgress);
    assert!(commits.unread.is_empty());

    let mut reader = ObjectReader::new(&forest, u64::MAX);
    let mut plain: BTreeMap<ObjectId, BTreeSet<Plain>> = BTreeMap::new();
    let (mut malformed, mut missing, mut headed) = (BTreeSet::new(), BTreeSet::new(), 0);
    let mut submodules: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut twice = false;
    for (id, _) in forest.objects() {
        let (kind, bytes) = reader
            .object(id)
            .expect("it is there")
            .expect("it can be read");
        headed += usize::from(matches!(kind, ObjectKind::Commit | ObjectKind::Tag));
        if kind != ObjectKind::Tree {
            continue;
        }
        let entries = plain.entry(id).or_default();
        let mut rest = bytes.as_slice();
        while let Some(entry) = Entry::first(rest, ObjectFormat::Sha1) {
            rest = &rest[entry.length..];
            if entry.kind == EntryKind::Submodule {
                submodules.insert(entry.name.to_vec());
                continue;
            }
            twice |=
                !entries.insert((entry.name.to_vec(), entry.id, entry.kind == EntryKind::Tree));
            missing.extend(Some(entry.id).filter(|&id| !forest.contains(id)));
        }
        if !rest.is_empty() {
            malformed.insert(id);
        }
    }
    assert_eq!(messages.iter().sum::<usize>(), headed);
    assert_eq!(
        commits.list.len() + commits.tags.len() + commits.malformed.len(),
        headed
    );
    assert_eq!(trees.malformed.len(), malformed.len());
    assert_eq!(
        trees.malformed.iter().copied().collect::<BTreeSet<_>>(),
        malformed
    );
    assert_eq!(
        trees.missing.iter().copied().collect::<BTreeSet<_>>(),
        missing
    );
    assert_eq!(trees.submodules, submodules);

    let mut kinds: BTreeMap<ObjectId, u64> = BTreeMap::new();
    let classify = |name: &[u8]| 1 << (name.first().copied().unwrap_or(0) % 64);
    for (name, id, tree) in plain.values().flatten() {
        *kinds.entry(*id).or_default() |= if *tree { 0 } else { classify(name) };
    }
    let got = trees.blob_classes(forest.nodes(), classify);
    for (id, _) in forest.objects() {
        let node = forest.node(id).expect("it is there");
        assert_eq!(
            got[node.index()],
            kinds.get(&id).copied().unwrap_or(0),
            "{id}"
        );
    }

    let hits: BTreeSet<ObjectId> = forest
        .objects()
        .map(|(id, _)| id)
        .filter(|id| hits >> (id.as_bytes()[0] % 32) & 1 != 0)
        .collect();
    let nodes: HashSet<NodeIndex> = hits.iter().filter_map(|&id| forest.node(id)).collect();
    let holding = Reachability::new(&trees, forest.nodes(), &nodes);
    assert_eq!(holding.row(NodeIndex::NONE), Reachability::NOTHING);
    let mut rows: BTreeMap<Below, RowIndex> = BTreeMap::new();
    // If a tree has an entry twice, a delta that removes one of the two removes both: git allows no
    // such tree.
    for tree in plain.keys().filter(|_| !twice) {
        let row = holding.row(forest.node(*tree).expect("it is there"));
        // For circular trees, and trees with very many paths, it is enough that the walk ends.
        let (mut expected, mut led) = (Below::new(), Below::new());
        if below(&plain, &hits, *tree, b"", &mut expected) {
            leads(&forest, &trees, &holding, row, b"", &mut led);
            assert_eq!(led, expected, "{tree}");
            assert_eq!(*rows.entry(expected).or_insert(row), row, "{tree}");
        }
    }

    // Ends, however trees and commits go round.
    let refs: Vec<ObjectId> = commits
        .list
        .iter()
        .map(|commit| commit.id)
        .step_by(2)
        .collect();
    let named = refs
        .iter()
        .map(|&id| (b"refs/heads/x".to_vec(), id))
        .collect();
    let tips = Tips {
        heads: refs.first().copied().into_iter().collect(),
        refs,
        named,
        ..Tips::default()
    };
    let history = History::new(&commits, &tips, None);
    let places = object_paths::find(&forest, &trees, &commits, &history.asked(), &nodes, workers);
    for place in places.list {
        assert!(nodes.contains(&forest.node(place.blob).expect("it is there")));
        let placed = history.attribute(place).expect("somebody brought it");
        assert!(placed.heads.is_empty() || placed.reachable);
    }
    for (id, kind) in forest.objects() {
        if matches!(kind, Some(ObjectKind::Commit | ObjectKind::Tag)) {
            let _ = signature::author(&mut reader, id);
        }
    }
}

/// Paths and ids of hits.
type Below = BTreeSet<(Vec<u8>, ObjectId)>;

/// Adds the hits below a tree. False if it has too many paths.
fn below(
    plain: &BTreeMap<ObjectId, BTreeSet<Plain>>,
    hits: &BTreeSet<ObjectId>,
    tree: ObjectId,
    path: &[u8],
    found: &mut Below,
) -> bool {
    const MOST: usize = 200;
    plain
        .get(&tree)
        .into_iter()
        .flatten()
        .all(|(name, id, tree)| {
            let path = [path, b"/", name].concat();
            found.extend(hits.get(id).map(|&id| (path.clone(), id)));
            found.len() < MOST
                && path.len() < MOST
                && (!tree || below(plain, hits, *id, &path, found))
        })
}

/// The same, as rows lead to them.
fn leads(
    forest: &Forest,
    trees: &TreeIndex,
    holding: &Reachability,
    row: RowIndex,
    path: &[u8],
    found: &mut Below,
) {
    for lead in holding.leads(row) {
        let path = [path, b"/", &trees.names[lead.name as usize]].concat();
        found.extend(
            lead.hit
                .is_some()
                .then(|| (path.clone(), forest.id(lead.hit))),
        );
        leads(forest, trees, holding, lead.below, &path, found);
    }
}

pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let workers = 1 + input.below(2);
    let hits = u32::from_le_bytes([input.byte(), input.byte(), input.byte(), input.byte()]);
    let parts = parts(&mut input);
    let pack = repository::pack(&parts);
    let files: Files = vec![
        ("pack/a.idx".into(), pack.index(2)),
        ("pack/a.pack".into(), pack.bytes),
    ];
    repository::with(&files, |objects| check(objects, workers, hits));
}
