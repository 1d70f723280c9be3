//! Makes a cache of a history that was read completely.

use std::collections::HashMap;

use super::cache_file::{BlobRecord, Cache, CommitRecord, PathRecord, basis};
use crate::finding::Syntax;
use crate::scan::scan_context::ScanContext;
use crate::scan::search::blob::SyntaxSet;
use crate::scan::search::located_match::BlobMatches;
use crate::scan::search::object_search::ObjectSearchResult;
use crate::secret::SecretValue;
use crate::source::git::commits::{CommitIndex, Commits};
use crate::source::git::object_paths::ObjectPath;
use crate::source::git::pack::{Forest, NodeIndex, ObjectId, PackedNumber};
use crate::source::git::tree_index::TreeIndex;

/// A history that was read without a gap.
pub(super) struct CacheableHistory<'a> {
    /// The object database.
    pub forest: &'a Forest,
    /// All commits and tags.
    pub commits: &'a Commits,
    /// All trees.
    pub trees: &'a TreeIndex,
    /// The matches of blobs, and the blobs that are too large.
    pub objects: &'a ObjectSearchResult,
    /// The paths of blobs with matches.
    pub paths: &'a [ObjectPath],
    /// The commits of which it is known which paths they hold.
    pub asked: &'a [CommitIndex],
    /// The commits and tags with matches.
    pub messages: Vec<ObjectId>,
}

/// Makes a cache. `None` if packs name objects that are in no pack, or if trees have names with a
/// `/` in them.
pub(super) fn record(scan: &ScanContext, history: &CacheableHistory) -> Option<Cache> {
    let caching = scan.options.cache.as_ref()?;
    let &CacheableHistory {
        forest,
        commits,
        trees,
        ..
    } = history;
    let packed = forest.packed();
    let number = |id: ObjectId| forest.packed_number(forest.node(id)?);
    if !trees.is_closed_below(packed) || trees.names.iter().any(|name| name.contains(&b'/')) {
        return None;
    }
    let by_node = trees.blob_classes_before(packed, forest.nodes(), SyntaxSet::bit_of_name);
    let mut syntaxes = vec![0; packed.index()];
    for (node, syntax) in (0..packed.get()).map(NodeIndex::new).zip(by_node) {
        syntaxes[forest.packed_number(node)?.index()] = syntax;
    }

    let (commit_records, packed_index) = commit_records(history)?;
    let of_packed = |list: &[CommitIndex]| {
        list.iter()
            .filter_map(|&at| packed_index[at.index()])
            .collect::<Vec<CommitIndex>>()
    };
    let path = |path: &ObjectPath| {
        let introduced_by = of_packed(&path.introduced_by);
        let blob = number(path.blob).filter(|_| !introduced_by.is_empty())?;
        Some(PathRecord {
            path: path.path.clone(),
            blob,
            introduced_by,
            last_held_by: of_packed(&path.last_held_by),
            held_by: of_packed(&path.held_by),
        })
    };
    let (blobs, values) = blob_records(history, &syntaxes);
    let mut messages: Vec<PackedNumber> = history
        .messages
        .iter()
        .filter_map(|&id| number(id))
        .collect();
    messages.sort_unstable();
    messages.dedup();
    let tag = |id, target: ObjectId| Some((number(id)?, target.to_string()));
    let oversized = &history.objects.oversized;
    Some(Cache {
        basis: basis(scan, caching),
        packs: forest.identities(),
        commits: commit_records,
        tags: commits
            .tags
            .iter()
            .filter_map(|known| tag(known.id, known.target))
            .collect(),
        syntaxes,
        blobs,
        values,
        paths: history.paths.iter().filter_map(path).collect(),
        asked: of_packed(history.asked),
        messages,
        submodules: trees.submodules.iter().cloned().collect(),
        oversized: oversized
            .iter()
            .filter(|blob| blob.node < packed)
            .map(|blob| blob.label.clone())
            .collect(),
    })
}

/// The records of the packed commits, and the index of each of all commits among them. `None` if a
/// packed commit has a parent or tree outside the packs.
fn commit_records(
    history: &CacheableHistory,
) -> Option<(Vec<CommitRecord>, Vec<Option<CommitIndex>>)> {
    let &CacheableHistory {
        forest, commits, ..
    } = history;
    let number = |id: ObjectId| forest.packed_number(forest.node(id)?);
    let mut packed_index: Vec<Option<CommitIndex>> = Vec::with_capacity(commits.list.len());
    let mut count = 0;
    for commit in &commits.list {
        let is_packed = number(commit.id).is_some();
        packed_index.push(is_packed.then_some(CommitIndex::new(count)));
        count += u32::from(is_packed);
    }
    let mut records = Vec::with_capacity(count as usize);
    for (at, commit) in commits
        .indexes()
        .zip(&commits.list)
        .filter(|(at, _)| packed_index[at.index()].is_some())
    {
        let parents: Option<Vec<CommitIndex>> = commits
            .parents(at)
            .iter()
            .map(|&parent| packed_index[parent.index()])
            .collect();
        if commit.tree >= forest.packed() {
            return None;
        }
        records.push(CommitRecord {
            number: number(commit.id)?,
            time: commit.time,
            parents: parents?,
        });
    }
    Some((records, packed_index))
}

/// The records of the packed blobs with matches, and the number of distinct values. `syntaxes` are the
/// syntaxes of each object's names in trees.
fn blob_records(history: &CacheableHistory, syntaxes: &[u64]) -> (Vec<BlobRecord>, u32) {
    let forest = history.forest;
    let mut found: Vec<(PackedNumber, u8, &BlobMatches)> = Vec::new();
    for (key, matches) in &history.objects.matches {
        let Some(number) = forest
            .node(key.object())
            .and_then(|node| forest.packed_number(node))
        else {
            continue;
        };
        let syntax = key.syntax();
        // A syntax that only the index or a loose tree gives to the blob is not recorded.
        let of_trees = SyntaxSet::from_bits(syntaxes[number.index()]);
        let is_of_trees = match of_trees.is_empty() {
            true => key.syntax() == Syntax::Unknown,
            false => of_trees.has(syntax),
        };
        found.extend(is_of_trees.then_some((number, syntax as u8, matches)));
    }
    found.sort_unstable_by_key(|&(number, syntax, _)| (number, syntax));
    let mut values: HashMap<&SecretValue, u32> = HashMap::new();
    let mut records = Vec::with_capacity(found.len());
    for (number, syntax, matches) in found {
        let value_number = |value| {
            let next = values.len() as u32;
            *values.entry(value).or_insert(next)
        };
        records.push(BlobRecord {
            number,
            syntax,
            values: matches.values().iter().map(value_number).collect(),
        });
    }
    (records, values.len() as u32)
}
