//! On random repositories, the index agrees with the trees as git prints them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::pack::ObjectKind;
use super::super::pack::tests::random_repositories::{build, rounds};
use super::super::tree_entry;
use super::reachability::{Reachability, RowIndex};
use super::*;
use crate::progress::NoProgress;

type Plain = BTreeMap<ObjectId, BTreeSet<(Vec<u8>, ObjectId, bool)>>;

/// Entries of every tree, read one by one: name, id, and whether it is a tree.
fn plain(listing: &BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>) -> Plain {
    let mut all = BTreeMap::new();
    for (id, (kind, bytes)) in listing {
        if *kind == ObjectKind::Tree {
            let entries: &mut BTreeSet<_> = all.entry(*id).or_default();
            for (_, entry) in tree_entry::entries(bytes, id.format()) {
                entries.insert((entry.name.to_vec(), entry.id, entry.kind == EntryKind::Tree));
            }
            assert_eq!(
                tree_entry::entries(bytes, id.format())
                    .map(|(_, entry)| entry.length)
                    .sum::<usize>(),
                bytes.len()
            );
        }
    }
    all
}

/// Paths and ids of the hits below a tree.
fn below(
    plain: &Plain,
    hits: &BTreeSet<ObjectId>,
    tree: ObjectId,
) -> BTreeSet<(Vec<u8>, ObjectId)> {
    let mut all = BTreeSet::new();
    for (name, id, is_tree) in &plain[&tree] {
        all.extend(hits.get(id).map(|&id| (name.clone(), id)));
        if *is_tree {
            all.extend(
                below(plain, hits, *id)
                    .into_iter()
                    .map(|(path, id)| ([&name[..], b"/", &path].concat(), id)),
            );
        }
    }
    all
}

/// The same, as rows lead to them.
fn led(
    forest: &Forest,
    trees: &TreeIndex,
    holding: &Reachability,
    row: RowIndex,
) -> BTreeSet<(Vec<u8>, ObjectId)> {
    let mut all = BTreeSet::new();
    for lead in holding.leads(row) {
        let name = &trees.names[lead.name as usize];
        all.extend(
            lead.hit
                .is_some()
                .then(|| (name.to_vec(), forest.id(lead.hit))),
        );
        let below = led(forest, trees, holding, lead.below);
        all.extend(
            below
                .into_iter()
                .map(|(path, id)| ([name, &b"/"[..], &path].concat(), id)),
        );
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn differences_say_what_trees_say(rounds in rounds(), workers in 1usize..4, every in 1usize..9) {
        for repo in &build(&rounds) {
            let listing = repo.listing();
            let forest = Forest::open(&repo.objects(), repo.format, workers).unwrap();
            let trees = TreeIndex::build(&forest, workers, Limits::default(), &NoProgress);
            prop_assert!(trees.missing.is_empty() && trees.unread.is_empty() && trees.malformed.is_empty());
            let plain = plain(&listing);

            let mut kinds: BTreeMap<ObjectId, u64> = BTreeMap::new();
            let classify = |name: &[u8]| 1 << (name.len() % 64);
            for (name, id, tree) in plain.values().flatten() {
                if !tree {
                    *kinds.entry(*id).or_default() |= classify(name);
                }
            }
            let got = trees.blob_classes(forest.nodes(), classify);
            for (id, (kind, _)) in &listing {
                if *kind == ObjectKind::Blob {
                    let node = forest.node(*id).unwrap();
                    prop_assert_eq!(got[node.index()], kinds.get(id).copied().unwrap_or(0));
                }
            }

            // Some blobs are hits, and some trees.
            let hits: BTreeSet<ObjectId> = kinds.keys().chain(plain.keys()).copied().step_by(every).collect();
            let nodes: HashSet<NodeIndex> = hits.iter().map(|&id| forest.node(id).unwrap()).collect();
            let holding = Reachability::new(&trees, forest.nodes(), &nodes);
            prop_assert!(holding.whole && holding.row(NodeIndex::NONE) == Reachability::NOTHING);
            let mut rows: BTreeMap<BTreeSet<(Vec<u8>, ObjectId)>, RowIndex> = BTreeMap::new();
            for tree in plain.keys() {
                let row = holding.row(forest.node(*tree).unwrap());
                let below = below(&plain, &hits, *tree);
                prop_assert_eq!(&led(&forest, &trees, &holding, row), &below);
                // Trees that lead to the same hits have the same row.
                prop_assert_eq!(*rows.entry(below).or_insert(row), row);
            }
            // With less room something may be left out, which is reported, and nothing is added.
            let within = |most| Reachability::within(&trees, forest.nodes(), &nodes, most);
            prop_assert_eq!(within(0).whole, rows.keys().all(BTreeSet::is_empty));
            let few = within(3);
            for tree in plain.keys() {
                let led = led(&forest, &trees, &few, few.row(forest.node(*tree).unwrap()));
                let below = below(&plain, &hits, *tree);
                prop_assert!(led.is_subset(&below) && (!few.whole || led == below));
            }
        }
    }
}
