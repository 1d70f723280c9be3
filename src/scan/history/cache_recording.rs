//! Makes a cache of what a scan has read.

use std::collections::HashMap;

use super::cache_file::{BlobMark, Cache, CommitMark, PlaceMark, basis};
use crate::detect::file_kind::FileKind;
use crate::scan::Run;
use crate::scan::search::blob_search::{self, KINDS};
use crate::scan::search::object_search::{BlobHits, Matches};
use crate::secret::SecretValue;
use crate::source::git::commits::Commits;
use crate::source::git::object_paths::ObjectPath;
use crate::source::git::pack::{Forest, ObjectId};
use crate::source::git::tree_index::TreeIndex;

/// What was read of a repository, all of it without a gap.
pub(crate) struct Read<'a> {
    pub forest: &'a Forest,
    pub commits: &'a Commits,
    pub trees: &'a TreeIndex,
    pub blobs: &'a BlobHits,
    /// Nodes of blobs that were passed over for their size, and how that is told.
    pub large: &'a [(u32, String)],
    pub places: &'a [ObjectPath],
    pub asked: &'a [u32],
    /// Commits and tags with matches.
    pub messages: Vec<ObjectId>,
}

/// `None` where that cannot be kept: packs that name objects which are in none, or names with a `/` in them.
pub(crate) fn record<'r>(run: &Run, read: &Read<'r>) -> Option<Cache> {
    let caching = run.options.cache.as_ref()?;
    let &Read {
        forest,
        commits,
        trees,
        ..
    } = read;
    let packed = forest.packed();
    let number = |id: ObjectId| forest.packed_number(forest.node(id)?);
    if !trees.is_closed_below(packed) || trees.names.iter().any(|name| name.contains(&b'/')) {
        return None;
    }
    let by_node = trees.blob_classes_before(packed, forest.nodes(), blob_search::kind_bit);
    let mut kinds = vec![0; packed as usize];
    for (node, kind) in (0..packed).zip(by_node) {
        kinds[forest.packed_number(node)? as usize] = kind;
    }

    // Commits that are packed, and where each of all commits is among them.
    let mut kept: Vec<Option<u32>> = Vec::with_capacity(commits.list.len());
    let mut count = 0;
    for commit in &commits.list {
        let packed = number(commit.id).is_some();
        kept.push(packed.then_some(count));
        count += u32::from(packed);
    }
    let mut commit_marks = Vec::with_capacity(count as usize);
    for (at, commit) in commits
        .list
        .iter()
        .enumerate()
        .filter(|&(at, _)| kept[at].is_some())
    {
        let parents: Option<Vec<u32>> = commits
            .parents(at)
            .iter()
            .map(|&parent| kept[parent as usize])
            .collect();
        if commit.tree >= packed {
            return None;
        }
        commit_marks.push(CommitMark {
            number: number(commit.id)?,
            time: commit.time,
            parents: parents?,
        });
    }
    let of_packed = |list: &[u32]| {
        list.iter()
            .filter_map(|&at| kept[at as usize])
            .collect::<Vec<u32>>()
    };
    let place = |place: &ObjectPath| {
        let (brought, left, held) = (
            of_packed(&place.introduced_by),
            of_packed(&place.last_held_by),
            of_packed(&place.held_by),
        );
        let blob = number(place.blob).filter(|_| !brought.is_empty())?;
        Some(PlaceMark {
            path: place.path.clone(),
            blob,
            brought,
            left,
            held,
        })
    };

    let mut found = Vec::new();
    for ((id, kind), matches) in read.blobs {
        let Some(number) = number(*id) else { continue };
        let kind = KINDS
            .iter()
            .position(|other| other == kind)
            .expect("all kinds are listed");
        // Not as what only the index or a loose tree calls it.
        let of_trees = match kinds[number as usize] {
            0 => KINDS[kind] == FileKind::Unknown,
            kinds => kinds & 1 << kind != 0,
        };
        found.extend(of_trees.then_some((number, kind as u8, matches)));
    }
    found.sort_unstable_by_key(|&(number, kind, _)| (number, kind));
    let mut values: HashMap<&SecretValue, u32> = HashMap::new();
    let blob = |(number, kind, matches): (u32, u8, &'r Matches)| {
        let mut value = |value: &'r SecretValue| {
            let next = values.len() as u32;
            *values.entry(value).or_insert(next)
        };
        BlobMark {
            number,
            kind,
            values: matches.values().map(&mut value).collect(),
        }
    };
    let blobs = found.into_iter().map(blob).collect();
    let mut messages: Vec<u32> = read.messages.iter().filter_map(|&id| number(id)).collect();
    messages.sort_unstable();
    messages.dedup();
    let tag = |id, target: ObjectId| Some((number(id)?, target.to_string()));
    Some(Cache {
        basis: basis(run, caching),
        packs: forest.identities(),
        commits: commit_marks,
        tags: commits
            .tags
            .iter()
            .filter_map(|known| tag(known.id, known.target))
            .collect(),
        kinds,
        blobs,
        values: values.len() as u32,
        places: read.places.iter().filter_map(place).collect(),
        asked: of_packed(read.asked),
        messages,
        submodules: trees.submodules.iter().cloned().collect(),
        large: read
            .large
            .iter()
            .filter(|(node, _)| *node < packed)
            .map(|(_, told)| told.clone())
            .collect(),
    })
}
