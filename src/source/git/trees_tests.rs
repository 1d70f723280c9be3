//! On random repositories: what the differences say is what the trees say that git prints.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::pack::tests::agree::{build, rounds};
use super::super::pack::{Kind, Reader};
use super::super::tree;
use super::*;
use crate::parallel::Silent;

/// Entries of every tree, read one by one: name, id, and whether it is a tree.
fn plain(listing: &BTreeMap<ObjectId, (Kind, Vec<u8>)>) -> BTreeMap<ObjectId, BTreeSet<(Vec<u8>, ObjectId, bool)>> {
    let mut all = BTreeMap::new();
    for (id, (kind, bytes)) in listing {
        if *kind == Kind::Tree {
            let entries: &mut BTreeSet<_> = all.entry(*id).or_default();
            for (_, entry) in tree::entries(bytes, id.format()) {
                entries.insert((entry.name.to_vec(), entry.id, entry.kind == EntryKind::Tree));
            }
            assert_eq!(tree::entries(bytes, id.format()).map(|(_, entry)| entry.length).sum::<usize>(), bytes.len());
        }
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
            let trees = Trees::read(&forest, workers, Limits::default(), &Silent);
            prop_assert!(trees.missing.is_empty() && trees.unread.is_empty() && trees.malformed.is_empty());
            let plain = plain(&listing);

            let mut kinds: BTreeMap<ObjectId, u8> = BTreeMap::new();
            let classify = |name: &[u8]| 1 << (name.len() % 8);
            for (name, id, tree) in plain.values().flatten() {
                if !tree {
                    *kinds.entry(*id).or_default() |= classify(name);
                }
            }
            let got = trees.kinds(forest.nodes(), classify);
            for (id, (kind, _)) in &listing {
                if *kind == Kind::Blob {
                    let node = forest.node(*id).unwrap();
                    prop_assert_eq!(got[node as usize], kinds.get(id).copied().unwrap_or(0));
                }
            }

            // Some blobs are hits: a tree holds them, or a tree that does, directly.
            let hits: BTreeSet<ObjectId> = kinds.keys().copied().step_by(every).collect();
            let mut leads = hits.clone();
            loop {
                let more: Vec<ObjectId> = plain
                    .iter()
                    .filter(|(tree, entries)| !leads.contains(tree) && entries.iter().any(|(_, id, _)| leads.contains(id)))
                    .map(|(tree, _)| *tree)
                    .collect();
                if more.is_empty() {
                    break;
                }
                leads.extend(more);
            }
            let holding = trees.holding(forest.nodes(), hits.iter().map(|&id| forest.node(id).unwrap()));
            let mut reader = Reader::new(&forest, u64::MAX);
            for (tree, entries) in &plain {
                let lead: BTreeSet<_> = entries.iter().filter(|(_, id, _)| leads.contains(id)).cloned().collect();
                let got = holding.of(forest.node(*tree).unwrap());
                prop_assert!(got.is_sorted());
                let got: BTreeSet<_> = got
                    .iter()
                    .map(|held| (trees.names[held.name as usize].to_vec(), forest.id(held.node), held.tree))
                    .collect();
                prop_assert!(lead.is_subset(&got) && got.is_subset(entries));
                // What else is there was in a base, and is a tree.
                prop_assert!(got.difference(&lead).all(|(.., tree)| *tree));
                prop_assert!(reader.read(*tree).unwrap().is_ok());
            }
            prop_assert!(holding.whole && holding.of(NONE).is_empty());
            let few = trees.holding_within(forest.nodes(), hits.iter().map(|&id| forest.node(id).unwrap()), 3);
            prop_assert!(few.whole == (holding.held.len() <= 3) && few.held.len() <= holding.held.len());
        }
    }
}
