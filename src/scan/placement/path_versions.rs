//! Places of the matches in files and blobs: one for each value of a path, however many versions of
//! that path hold it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::commit_facts;
use super::history_lookup::HistoryLookup;
use super::placed_matches::{PlaceAttribution, PlacedMatches};
use crate::cancel;
use crate::coverage::{Coverage, Limit};
use crate::finding::Origin;
use crate::scan::history::history_matches::HistoryMatches;
use crate::scan::row_limit::{MOST_OF_VALUE, RowLimit};
use crate::scan::scan_context::ScanContext;
use crate::scan::search::blob::BlobKey;
use crate::scan::search::file_search::WorktreeMatches;
use crate::scan::search::located_match::{BlobMatches, LocatedMatch};
use crate::scan::search::repeated_search::{WantedBlobs, search_again};
use crate::secret::SecretValue;
use crate::source::git::attribution::Attribution;
use crate::source::git::pack::ObjectId;
use crate::source::target::Unit;

/// The places of all values in the working tree and in blobs, in order of path, as many as a unit may
/// have.
pub(super) fn places(
    scan: &ScanContext,
    unit: &Unit,
    files: &WorktreeMatches,
    mut lookup: Option<&mut HistoryLookup>,
    coverage: &mut Coverage,
) -> Vec<PlacedMatches> {
    let history = lookup.as_ref().map(|lookup| lookup.history);
    let paths = versions(unit, files, lookup.as_deref(), coverage);
    let values = admitted_values(scan, unit, &paths, coverage);
    let mut unlocated = WantedBlobs::new();
    let mut known = MatchesByValue::default();
    for (_, value) in &values {
        if let Some(key) = value.unlocated(&mut known) {
            let wanted = unlocated.entry(key).or_insert_with(|| Some(HashSet::new()));
            if let Some(values) = wanted {
                values.insert(value.value.clone());
            }
        }
    }
    let searched_again = history
        .map(|history| search_again(scan, &history.forest, unlocated))
        .unwrap_or_default();
    let mut attributions: HashMap<Vec<*const PathVersion>, PlaceAttribution> = HashMap::new();
    let mut places = Vec::with_capacity(values.len());
    for (path, value) in values {
        let shown = value.shown;
        let located = match value.unlocated(&mut known) {
            None => Some(shown.matches.known_positions()),
            Some(key) => searched_again.matches.get(&key),
        };
        let matches: Vec<LocatedMatch> = located
            .map_or(&[][..], |located| known.of_value(located, value.value))
            .iter()
            .map(|&located| located.clone())
            .collect();
        if matches.is_empty() {
            let blob = shown.object().map(|id| id.to_string()).unwrap_or_default();
            let what = format!("{} blob {blob}", unit.name);
            let is_cut = |key| searched_again.cut.contains(&key);
            if value.unlocated(&mut known).is_some_and(is_cut) {
                coverage.cut(Limit::Expansion, what);
            } else if !cancel::stopped() {
                // Only if a pack was damaged since it was read, or the scan was asked to stop.
                coverage.unreadable(what, "the content that was searched can no longer be read");
            }
            continue;
        }
        // Most values of a path are in the same of its versions.
        let holders = value.holders.iter().map(|version| &raw const **version);
        let attribution = attributions
            .entry(holders.collect())
            .or_insert_with(|| value.attribution(lookup.as_deref_mut()));
        places.push(PlacedMatches {
            origin: shown.origin,
            path: path.to_owned(),
            object: shown.object(),
            matches,
            attribution: attribution.clone(),
        });
    }
    places
}

/// The values of all paths in order, without those that have more rows than are reported.
fn admitted_values<'a>(
    scan: &ScanContext,
    unit: &Unit,
    paths: &'a BTreeMap<String, Vec<PathVersion<'a>>>,
    coverage: &mut Coverage,
) -> Vec<(&'a str, ValueVersions<'a>)> {
    let mut rows = RowLimit::new(scan.most_rows);
    let mut admitted = Vec::new();
    for (path, versions) in paths {
        for value in values_of(path, versions) {
            // Each place has a row or more.
            let name = || format!("{} {path}", unit.name);
            if rows.admits(value.value, path.len(), name, coverage) {
                admitted.push((&**path, value));
            } else if rows.is_full() {
                return admitted;
            }
        }
    }
    admitted
}

/// The matches of the lists that were asked for, by value.
#[derive(Default)]
struct MatchesByValue<'a> {
    /// By the list's address.
    lists: HashMap<*const LocatedMatch, HashMap<&'a SecretValue, Vec<&'a LocatedMatch>>>,
}

impl<'a> MatchesByValue<'a> {
    /// The matches of a list that have this value.
    fn of_value(&mut self, list: &'a [LocatedMatch], value: &SecretValue) -> &[&'a LocatedMatch] {
        let by_value = self.lists.entry(list.as_ptr()).or_insert_with(|| {
            let mut by_value: HashMap<&SecretValue, Vec<&LocatedMatch>> = HashMap::new();
            for located in list {
                by_value
                    .entry(&located.matched.value)
                    .or_default()
                    .push(located);
            }
            by_value
        });
        by_value.get(value).map_or(&[], |matches| &matches[..])
    }
}

/// One version of a path that holds matches.
struct PathVersion<'a> {
    origin: Origin,
    /// The blob, if git holds it: the bytes can be read again from it.
    key: Option<BlobKey>,
    matches: BlobMatches,
    /// Decides which version is shown for all: that of the working tree before that of HEAD, that
    /// of the index, and the newest.
    rank: (u8, usize),
    /// The commits that hold it, if any do.
    committed: Option<&'a Attribution>,
    reachable: bool,
}

impl PathVersion<'_> {
    /// A version that is part of no commit.
    fn uncommitted(origin: Origin, key: Option<BlobKey>, matches: BlobMatches) -> Self {
        Self {
            origin,
            key,
            matches,
            rank: (0, 0),
            committed: None,
            reachable: true,
        }
    }

    fn object(&self) -> Option<ObjectId> {
        self.key.map(BlobKey::object)
    }
}

/// All versions with matches, by path.
fn versions<'a>(
    unit: &Unit,
    files: &WorktreeMatches,
    lookup: Option<&HistoryLookup<'a>>,
    coverage: &mut Coverage,
) -> BTreeMap<String, Vec<PathVersion<'a>>> {
    let history = lookup.map(|lookup| lookup.history);
    let mut paths: BTreeMap<String, Vec<PathVersion>> = BTreeMap::new();
    let blobs = history.iter().flat_map(|history| history.blobs.keys());
    let stored: HashSet<ObjectId> = blobs.map(|key| key.object()).collect();
    for file in &files.files {
        let key = file
            .object
            .filter(|object| stored.contains(object))
            .map(|object| BlobKey::at_path(object, file.path.as_bytes()));
        let matches = BlobMatches::located(file.matches.clone());
        let version = PathVersion {
            rank: (3, 0),
            ..PathVersion::uncommitted(file.matches.origin, key, matches)
        };
        paths.entry(file.path.clone()).or_default().push(version);
    }
    if let Some(lookup) = lookup {
        add_committed(unit, lookup, &mut paths, coverage);
        add_uncommitted(lookup.history, files, &mut paths);
    }
    paths
}

fn add_committed<'a>(
    unit: &Unit,
    lookup: &HistoryLookup<'a>,
    paths: &mut BTreeMap<String, Vec<PathVersion<'a>>>,
    coverage: &mut Coverage,
) {
    let history = lookup.history;
    let mut attributions: Vec<_> = history.attributions.iter().collect();
    attributions.sort_by(|a, b| a.path.cmp(&b.path));
    // The values of a blob have at least as many rows as it has paths.
    let mut places: HashMap<ObjectId, usize> = HashMap::new();
    for attribution in attributions {
        let key = BlobKey::at_path(attribution.blob, &attribution.path);
        let Some(matches) = history.blobs.get(&key) else {
            continue;
        };
        let place = places.entry(attribution.blob).or_default();
        *place += 1;
        if *place > MOST_OF_VALUE {
            if *place == MOST_OF_VALUE + 1 {
                let path = String::from_utf8_lossy(&attribution.path);
                coverage.cut(Limit::Rows, format!("{} {path}", unit.name));
            }
            continue;
        }
        let origin = match attribution.note {
            true => Origin::Note,
            false => Origin::Blob,
        };
        let at_head = lookup.head.holds(attribution);
        let path = attribution.shown_path();
        paths.entry(path).or_default().push(PathVersion {
            origin,
            key: Some(key),
            matches: matches.clone(),
            rank: (if at_head { 2 } else { 0 }, attribution.last_rank),
            committed: Some(attribution),
            reachable: attribution.reachable,
        });
    }
}

fn add_uncommitted(
    history: &HistoryMatches,
    files: &WorktreeMatches,
    paths: &mut BTreeMap<String, Vec<PathVersion>>,
) {
    for blob in &history.uncommitted {
        let staged = blob
            .staged
            .as_ref()
            .map(|path| String::from_utf8_lossy(path).into_owned());
        let is_staged = staged.is_some();
        let path = staged.unwrap_or_default();
        let object = blob.key.object();
        // The file of the working tree is the same.
        if is_staged && files.objects.get(&path) == Some(&object) {
            continue;
        }
        let origin = if is_staged {
            Origin::Staged
        } else {
            Origin::Blob
        };
        let matches = history.blobs[&blob.key].clone();
        let version = PathVersion {
            rank: (u8::from(is_staged), 0),
            reachable: is_staged || history.ref_targets.contains(&object),
            ..PathVersion::uncommitted(origin, Some(blob.key), matches)
        };
        paths.entry(path).or_default().push(version);
    }
}

/// A value of a path, and the versions of the path that hold it.
struct ValueVersions<'a> {
    value: &'a SecretValue,
    /// The version that is reported.
    shown: &'a PathVersion<'a>,
    holders: Vec<&'a PathVersion<'a>>,
}

fn values_of<'a>(path: &str, versions: &'a [PathVersion<'a>]) -> Vec<ValueVersions<'a>> {
    // Blobs without a name have nothing in common: each is a path of its own.
    if path.is_empty() && versions.len() > 1 {
        return versions
            .iter()
            .flat_map(|version| values_of(path, std::slice::from_ref(version)))
            .collect();
    }
    let mut holders: HashMap<&SecretValue, Vec<&PathVersion>> = HashMap::new();
    for version in versions {
        for value in version.matches.values().iter() {
            let holders = holders.entry(value).or_default();
            if !holders
                .last()
                .is_some_and(|last| std::ptr::eq(*last, version))
            {
                holders.push(version);
            }
        }
    }
    let of_value = |(value, holders): (&'a SecretValue, Vec<&'a PathVersion<'a>>)| {
        let shown = *holders.iter().max_by_key(|version| version.rank)?;
        Some(ValueVersions {
            value,
            shown,
            holders,
        })
    };
    let mut values: Vec<_> = holders.into_iter().filter_map(of_value).collect();
    // Which of them are reported, if there are too many, must not depend on the order of a table.
    values.sort_unstable_by_key(|value| value.value);
    values
}

impl<'a> ValueVersions<'a> {
    /// The blob to search again, if the positions of the value in the shown version are unknown.
    fn unlocated(&self, known: &mut MatchesByValue<'a>) -> Option<BlobKey> {
        let located = self.shown.matches.known_positions();
        let is_known = !known.of_value(located, self.value).is_empty();
        self.shown.key.filter(|_| !is_known)
    }

    /// The commits and refs that hold the value in any version.
    fn attribution(&self, lookup: Option<&mut HistoryLookup>) -> PlaceAttribution {
        let holders = &self.holders;
        let mut attribution = PlaceAttribution {
            reachable: holders.iter().any(|version| version.reachable),
            ..PlaceAttribution::default()
        };
        if let Some(lookup) = lookup {
            let committed = holders.iter().filter_map(|version| version.committed);
            let committed: Vec<&Attribution> = committed.collect();
            commit_facts::add(&mut attribution, &committed, lookup);
        }
        attribution
    }
}
