//! Places of matches in the names of files, folders and refs.

use std::collections::{BTreeMap, BTreeSet};

use super::author_lookup::AuthorLookup;
use super::earlier_versions::EarlierVersions;
use super::placed_matches::{PlaceAttribution, PlacedMatches};
use crate::finding::{Introduction, Origin, Position};
use crate::scan::history::history_matches::HistoryMatches;
use crate::scan::history::unit_head::UnitHead;
use crate::scan::scan_context::ScanContext;
use crate::scan::search::located_match::{LocatedMatch, LocatedMatches};
use crate::scan::search::name_search::{redact, redact_path};
use crate::source::git::commits::CommitIndex;
use crate::source::git::pack::{ObjectId, ObjectReader};
use crate::source::git::tree_lookup::TreeLookup;

/// The places of matches in the names of files and folders: one for each path that ends in such a
/// name, and one for each such name that no commit holds.
pub(super) fn file_names<'a>(
    scan: &ScanContext,
    history: &'a HistoryMatches,
    head: UnitHead,
    authors: &mut AuthorLookup,
    earlier: &mut EarlierVersions<'a>,
) -> Vec<PlacedMatches> {
    let named = named_paths(history, head);
    let mut places = Vec::with_capacity(named.len());
    let reader = ObjectReader::new(&history.forest, u64::MAX);
    let mut trees = TreeLookup::new(reader, named.iter().map(|named| named.path));
    for named in &named {
        let name = last_component(named.path);
        let folder = &named.path[..named.path.len() - name.len()];
        let tree = match named.first {
            Some((_, at)) => trees.find(history.tree_of_commit(at), folder),
            None => named.tree,
        };
        let start = tree.and_then(|tree| trees.name_start(tree, name));
        let mut path = redact_path(folder, &history.names);
        let column = path.len();
        path.push_str(&redact(name, &history.names[name]));
        let is_known = |(_, at)| !named.at_edge && earlier.are_there(at, named.path);
        let introduced = match named.first.is_none_or(is_known) {
            true => Introduction::At,
            false => Introduction::AtOrBefore,
        };
        let first = named.first.map(|(_, at)| authors.commit(at));
        let located = history.names[name].iter();
        let matches = located.filter(|located| scan.reports(&located.matched));
        places.push(PlacedMatches {
            origin: Origin::FileName,
            path,
            object: tree,
            matches: matches
                .map(|located| in_name(located, column, start.unwrap_or(0)))
                .collect(),
            attribution: PlaceAttribution {
                commit: first.as_ref().map(|(commit, _)| *commit),
                introduced,
                is_older: named.is_older,
                author: first.map(|(_, author)| author),
                reachable: named.reachable,
                at_head: named.at_head,
                ..PlaceAttribution::default()
            },
        });
    }
    places
}

/// The places of matches in the names of refs: each name is one.
pub(super) fn ref_names(
    scan: &ScanContext,
    history: &HistoryMatches,
) -> impl Iterator<Item = PlacedMatches> {
    let place = |name: &Vec<u8>, matches: &LocatedMatches| PlacedMatches {
        origin: Origin::RefName,
        path: redact(name, matches),
        object: None,
        matches: matches
            .iter()
            .filter(|located| scan.reports(&located.matched))
            .map(|located| in_name(located, 0, 0))
            .collect(),
        attribution: PlaceAttribution::default(),
    };
    let mut names: Vec<_> = history.ref_names.iter().collect();
    names.sort_unstable_by_key(|(name, _)| *name);
    names
        .into_iter()
        .map(move |(name, matches)| place(name, matches))
}

/// A path that ends in a name with matches.
struct NamedPath<'a> {
    path: &'a [u8],
    /// Rank of the first commit that has it, and the index of that commit.
    first: Option<(usize, CommitIndex)>,
    at_edge: bool,
    is_older: bool,
    reachable: bool,
    at_head: bool,
    /// A tree that holds the name, if no commit does.
    tree: Option<ObjectId>,
}

fn named_paths(history: &HistoryMatches, head: UnitHead) -> Vec<NamedPath<'_>> {
    let mut paths: BTreeMap<&[u8], NamedPath> = BTreeMap::new();
    let mut unplaced: BTreeSet<&[u8]> = history.names.keys().map(Vec::as_slice).collect();
    for attribution in &history.attributions {
        let name = last_component(&attribution.path);
        if !history.names.contains_key(name) {
            continue;
        }
        unplaced.remove(name);
        let first = (attribution.first_rank, attribution.first);
        let path = paths.entry(&attribution.path).or_insert(NamedPath {
            path: &attribution.path,
            first: Some(first),
            at_edge: false,
            is_older: false,
            reachable: false,
            at_head: false,
            tree: None,
        });
        path.first = path.first.min(Some(first));
        path.at_edge |= attribution.at_edge;
        path.is_older |= attribution.is_older;
        path.reachable |= attribution.reachable;
        path.at_head |= head.holds(attribution);
    }
    let uncommitted = unplaced.into_iter().map(|name| NamedPath {
        path: name,
        first: None,
        at_edge: false,
        is_older: false,
        reachable: false,
        at_head: false,
        tree: history.name_trees.get(name).copied(),
    });
    paths.into_values().chain(uncommitted).collect()
}

fn last_component(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

/// A match of a name that begins after `column` bytes of the shown path, and at `start` in the
/// bytes that hold it.
fn in_name(located: &LocatedMatch, column: usize, start: usize) -> LocatedMatch {
    let mut matched = located.matched.clone();
    let range = &matched.range;
    let position = Position {
        line: 1,
        column: (column + range.start + 1) as u64,
        end_line: 1,
        end_column: (column + range.end) as u64,
    };
    matched.range = start + range.start..start + range.end;
    LocatedMatch {
        matched,
        position,
        written: located.written.clone(),
        // The name is the path, which is shown without its values.
        excerpt: None,
    }
}
