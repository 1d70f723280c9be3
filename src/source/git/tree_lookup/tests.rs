use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::source::git::pack::tests::handmade_pack::{Part, write};
use crate::source::git::pack::tests::random_repositories::{build, rounds};
use crate::source::git::pack::{Forest, ObjectFormat};

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn entries_are_those_of_the_trees(rounds in rounds()) {
        for repo in &build(&rounds) {
            let forest = Forest::open(&repo.objects(), repo.format, 1).unwrap();
            let listing = repo.listing();
            let trees = || listing.iter().filter(|(_, (kind, _))| *kind == ObjectKind::Tree);
            let entries: Vec<_> = trees()
                .flat_map(|(id, (_, raw))| tree_entry::entries(raw, repo.format).map(move |(_, entry)| (*id, entry, raw)))
                .collect();
            let names = entries.iter().map(|(_, entry, _)| entry.name);
            let mut lookup = TreeLookup::new(ObjectReader::new(&forest, u64::MAX), names);
            for (tree, entry, raw) in &entries {
                prop_assert_eq!(lookup.find(*tree, entry.name), Some(entry.id));
                let start = lookup.name_start(*tree, entry.name).unwrap();
                prop_assert_eq!(&raw[start..start + entry.name.len()], entry.name);
                prop_assert_eq!(lookup.find(*tree, b""), Some(*tree));
                prop_assert_eq!(lookup.find(*tree, &[entry.name, b"/none"].concat()), None);
            }
        }
    }
}

const TOP: [u8; 20] = [1; 20];
const FOLDER: [u8; 20] = [2; 20];
const FILE: [u8; 20] = [3; 20];

/// Writes a tree with a folder of `count` files. Returns the paths of the files.
fn folder(objects: &Path, count: u32) -> Vec<Vec<u8>> {
    let entry = |mode: &str, name: &str, id: [u8; 20]| {
        [format!("{mode} {name}\0").as_bytes(), &id].concat()
    };
    let names = (0..count).map(|n| format!("file-{n:05}"));
    let inner = names.clone().flat_map(|name| entry("100644", &name, FILE));
    let part = |id, raw| (ObjectId::from(id), Part::Whole(ObjectKind::Tree, raw));
    let parts = [
        part(TOP, entry("40000", "folder", FOLDER)),
        part(FOLDER, inner.collect()),
    ];
    write(objects, "trees", 2, &parts);
    names
        .map(|name| format!("folder/{name}").into_bytes())
        .collect()
}

#[test]
fn a_tree_is_parsed_once_for_all_of_its_names() {
    let steps = |count| {
        let root = tempfile::tempdir().unwrap();
        let paths = folder(root.path(), count);
        let (top, below) = (ObjectId::from(TOP), ObjectId::from(FOLDER));
        let forest = Forest::open(root.path(), ObjectFormat::Sha1, 1).unwrap();
        let paths = || paths.iter().map(Vec::as_slice);
        let mut lookup = TreeLookup::new(ObjectReader::new(&forest, u64::MAX), paths());
        steps::take();
        for path in paths() {
            assert_eq!(lookup.find(top, path), Some(ObjectId::from(FILE)));
            assert!(
                lookup
                    .name_start(below, &path[b"folder/".len()..])
                    .is_some()
            );
        }
        steps::take()
    };
    let (few, many) = (steps(500), steps(2000));
    assert!(few > 500 && many <= 4 * few, "{few}, {many}");
}
