//! Searches names: of files and folders in trees, of branches and tags. Only what has a shape of its own counts as a secret
//! there. A name is shown wherever something is told of what it names, so the values are taken out of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::coverage::Coverage;
use crate::finding::{Finding, Origin, Position};
use crate::scan::Run;
use crate::scan::history::full_read::HistoryHits;
use crate::scan::placement::path_versions::{self, Authors};
use crate::scan::search::blob_search::{self, Hits, Located};
use crate::source::git::attribution::Attribution;
use crate::source::git::pack::{ObjectId, ObjectKind, ObjectReader};
use crate::source::git::tree_entry;
use crate::source::target::Unit;

/// Names with matches, each with those matches as places in it: whatever their confidence, since all are taken out.
pub(crate) type Names = HashMap<Vec<u8>, Hits>;

/// Searches distinct names: all at once, each on a line of one text.
pub(crate) fn search<'n>(
    run: &Run,
    names: impl Iterator<Item = &'n [u8]>,
    coverage: &mut Coverage,
) -> Names {
    let mut names: Vec<&[u8]> = names.collect();
    names.sort_unstable();
    let text = names.join(&b'\n');
    let mut starts = Vec::with_capacity(names.len());
    let mut next = 0;
    for name in &names {
        starts.push(next);
        next += name.len() + 1;
    }
    let mut account = Coverage::default();
    let hits = blob_search::all_tokens(run, &text, &mut account);
    // Names are not counted as content.
    coverage.absorb(Coverage {
        bytes: 0,
        ..account
    });
    let mut found: HashMap<Vec<u8>, Vec<Located>> = HashMap::new();
    for located in hits.iter().flat_map(|hits| hits.iter()) {
        let at = starts.partition_point(|&start| start <= located.found.range.start) - 1;
        let (name, start) = (names[at], starts[at]);
        let whole = located.found.proof.is_some() || located.found.shown > 0;
        if !whole || located.found.range.end > start + name.len() {
            continue;
        }
        let mut located = located.clone();
        located.found.range = located.found.range.start - start..located.found.range.end - start;
        found.entry(name.to_vec()).or_default().push(located);
    }
    found
        .into_iter()
        .map(|(name, hits)| (name, Arc::new(hits)))
        .collect()
}

/// A name without its values.
pub(crate) fn redacted(name: &[u8], hits: &Hits) -> String {
    let (mut text, mut at) = (String::new(), 0);
    for located in hits.iter() {
        let (range, shown) = (&located.found.range, located.found.shown);
        text.push_str(&String::from_utf8_lossy(&name[at..range.start]));
        text.push_str(&String::from_utf8_lossy(
            &name[range.start..range.start + shown],
        ));
        text.push('…');
        at = range.end;
    }
    text + &String::from_utf8_lossy(&name[at..])
}

/// A path without the values in the names that it is made of.
fn redacted_path(path: &[u8], names: &Names) -> String {
    let shown = |name: &[u8]| match names.get(name) {
        Some(hits) => redacted(name, hits),
        None => String::from_utf8_lossy(name).into_owned(),
    };
    path.split(|&byte| byte == b'/')
        .map(shown)
        .collect::<Vec<_>>()
        .join("/")
}

/// Where a name with matches stands.
struct Place<'a> {
    path: &'a [u8],
    /// Rank of the first commit that has it, and its index.
    first: Option<(usize, usize)>,
    reachable: bool,
    at_head: bool,
    /// A tree that holds it.
    tree: Option<ObjectId>,
}

pub(crate) fn findings(
    run: &Run,
    unit: &Unit,
    history: &HistoryHits,
    authors: &mut Authors,
    out: &mut Vec<Finding>,
) {
    let mut reader = ObjectReader::new(&history.forest, u64::MAX);
    for place in places(history) {
        let name = last(place.path);
        let folder = &place.path[..place.path.len() - name.len()];
        let tree = match place.first {
            Some((_, at)) => tree_entry::find(&mut reader, history.tree(at), folder),
            None => place.tree,
        };
        let start = tree.and_then(|tree| start_in(&mut reader, tree, name));
        let mut path = redacted_path(folder, &history.names);
        let before = path.len();
        path.push_str(&redacted(name, &history.names[name]));
        let by = place.first.map(|(_, at)| authors.of_commit(at));
        for located in history.names[name]
            .iter()
            .filter(|located| blob_search::is_sure(run, &located.found))
        {
            let mut located = located.clone();
            located.position = on_one_line(before, &located);
            let start = start.unwrap_or(0);
            located.found.range =
                start + located.found.range.start..start + located.found.range.end;
            let tree = tree.map(|tree| tree.to_string());
            let mut finding = path_versions::finding(
                run,
                unit,
                &located,
                Origin::FileName,
                path.clone(),
                tree,
                by.clone(),
            );
            finding.occurrence.reachable = place.reachable;
            finding.occurrence.at_head = place.at_head;
            out.push(finding);
        }
    }
    for (name, hits) in &history.ref_names {
        for located in hits
            .iter()
            .filter(|located| blob_search::is_sure(run, &located.found))
        {
            let located = Located {
                position: on_one_line(0, located),
                found: located.found.clone(),
            };
            out.push(path_versions::finding(
                run,
                unit,
                &located,
                Origin::RefName,
                redacted(name, hits),
                None,
                None,
            ));
        }
    }
}

fn on_one_line(before: usize, located: &Located) -> Position {
    let range = &located.found.range;
    let (column, end_column) = (
        (before + range.start + 1) as u64,
        (before + range.end) as u64,
    );
    Position {
        line: 1,
        column,
        end_line: 1,
        end_column,
    }
}

/// One place for each path that ends in a name with matches, and one for each such name that no commit holds.
fn places(history: &HistoryHits) -> Vec<Place<'_>> {
    let mut paths: BTreeMap<&[u8], Place> = BTreeMap::new();
    let mut unplaced: BTreeSet<&[u8]> = history.names.keys().map(Vec::as_slice).collect();
    for placed in &history.placed {
        let Attribution {
            path,
            first,
            first_rank,
            reachable,
            at_head,
            ..
        } = placed;
        if !history.names.contains_key(last(path)) {
            continue;
        }
        unplaced.remove(last(path));
        let first = (*first_rank, *first);
        let place = paths.entry(path).or_insert(Place {
            path,
            first: Some(first),
            reachable: false,
            at_head: false,
            tree: None,
        });
        place.first = place.first.min(Some(first));
        place.reachable |= reachable;
        place.at_head |= at_head;
    }
    let alone = unplaced.into_iter().map(|path| Place {
        path,
        first: None,
        reachable: false,
        at_head: false,
        tree: history.named.get(path).copied(),
    });
    paths.into_values().chain(alone).collect()
}

fn last(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

/// Where a name begins in the bytes of a tree.
fn start_in(reader: &mut ObjectReader, tree: ObjectId, name: &[u8]) -> Option<usize> {
    let (kind, raw) = reader.object(tree)?.ok()?;
    let found = tree_entry::entries(&raw, tree.format())
        .find(|(_, entry)| entry.name == name)
        .filter(|_| kind == ObjectKind::Tree);
    found.map(|(at, entry)| at + entry.length - tree.format().length() - 1 - entry.name.len())
}
