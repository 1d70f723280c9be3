//! Reads the objects that are new since a cache was made, and joins their matches with those of the
//! cache.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::cache_file::{Cache, PathRecord};
use super::history_parts::HistoryParts;
use super::history_source::HistorySource;
use crate::cancel;
use crate::coverage::{Coverage, Skip};
use crate::finding::{Origin, Syntax};
use crate::scan::scan_context::ScanContext;
use crate::scan::search::blob::{BlobKey, SyntaxSet};
use crate::scan::search::located_match::{BlobMatchMap, BlobMatches};
use crate::scan::search::message_search::{MessageMatches, MessageSearch, MessageWorker};
use crate::scan::search::name_search;
use crate::scan::search::repeated_search::{everything, search_again};
use crate::scan::since_filter;
use crate::secret::SecretValue;
use crate::source::git::Staged;
use crate::source::git::attribution::{Attribution, History};
use crate::source::git::commits::{CommitIndex, Commits, Tag};
use crate::source::git::object_header::ObjectHeader;
use crate::source::git::object_paths::{self, ObjectPath, ObjectPaths};
use crate::source::git::pack::{Forest, Limits, ObjectId, ObjectReader, PackedNumber};
use crate::source::git::tree_diff::TreeDiff;
use crate::source::git::tree_index::TreeIndex;

/// So many new objects are few, however many the cache knows. More of them are few if they are at
/// most one in [`SHARE`] of those. If they are not few, everything is read and a new cache is made.
const FEW: u32 = 4096;
const SHARE: u32 = 8;

/// Reads a history with its cache. `None` if there is no valid cache, or if the result might differ
/// from that of a full read; `coverage` is unchanged then.
pub(super) fn read(source: &HistorySource, coverage: &mut Coverage) -> Option<HistoryParts> {
    let &HistorySource { scan, repo, .. } = source;
    let cache = Cache::load(scan, source.objects)?;
    let workers = scan.options.workers;
    let forest = Forest::open_beside(
        repo.boundary(),
        source.objects,
        repo.format(),
        workers,
        scan.supplement,
        &cache.packs,
    )
    .ok()??;
    if forest.borrows()
        || forest.scanned.len() != cache.syntaxes.len() as u32
        || forest.nodes() > FEW.max(forest.scanned.len() / SHARE)
    {
        return None;
    }
    // A full read reports what differs.
    if !forest.agrees_with_scanned() {
        return None;
    }
    let mut own_coverage = Coverage::default();
    let mut gaps = source.gaps(&forest, &mut own_coverage);
    gaps.files(source.objects);
    let index = gaps.staged(repo);
    let tips = repo.tips();
    gaps.refs(&tips);
    let (above, mut messages) = source.commits(&mut gaps);
    // A full read finds the commits whose earlier versions are missing.
    if !above.edge.is_empty() || gaps.coverage.lacks_objects() {
        return None;
    }
    let mut trees = TreeIndex::build(&forest, workers, source.limits(), scan.progress);
    trees.submodules.extend(cache.submodules.iter().cloned());
    gaps.trees(&trees, source.nested);
    let tree_names = trees.names.iter().map(|name| &**name);
    let names = name_search::search(scan, tree_names, Origin::FileName, gaps.coverage);
    let tip_names = tips.names.iter().map(Vec::as_slice);
    let ref_names = name_search::search(scan, tip_names, Origin::RefName, gaps.coverage);
    if !names.is_empty() || trees.names.iter().any(|name| name.contains(&b'/')) {
        return None;
    }
    let mut blobs = source.search_objects(&trees, &index, &mut gaps).matches;
    let cached = CachedObjects {
        scan,
        forest: &forest,
        cache: &cache,
    };
    cached.search_messages(&source.unit.name, &mut messages)?;
    let renamed = cached.renamed_blobs(&trees, &index)?;
    let renamed = search_again(scan, &forest, everything(renamed));
    if !renamed.is_complete() {
        return None;
    }
    let located =
        |(&key, matches): (&BlobKey, &_)| (key, BlobMatches::located(Clone::clone(matches)));
    blobs.extend(renamed.matches.iter().map(located));
    let (commits, of_cache, recent) = cached.join_commits(above);

    let since = scan.options.since.as_ref();
    let older = since
        .map(|since| since_filter::older(since, repo, &commits))
        .transpose()
        .ok()?;
    let history = History::new(&commits, &tips, older.as_ref());
    let paths = cached.paths(&commits, &history.asked(), &of_cache, &recent, &blobs)?;
    let attributions: Vec<Attribution> = paths
        .into_iter()
        .filter_map(|path| history.attribute(path))
        .collect();
    // A blob that only an unreachable tree calls by the other name may be at paths that are not
    // examined here.
    let is_placed = |id: ObjectId| {
        attributions.iter().any(|place| place.blob == id)
            || index.iter().any(|entry| entry.id == id)
    };
    if renamed.matches.keys().any(|key| !is_placed(key.object())) {
        return None;
    }
    cached.add_known_blobs(&attributions, &mut blobs)?;

    for label in &cache.oversized {
        own_coverage.skip(Skip::TooLarge, format!("{} {label}", source.unit.name));
    }
    own_coverage.known = u64::from(forest.scanned.len());
    if !own_coverage.complete() || own_coverage.lacks_objects() || cancel::stopped() {
        return None;
    }
    coverage.absorb(own_coverage);
    let reachable = history.into_reachable();
    Some(HistoryParts {
        forest,
        commits,
        tips,
        index,
        older,
        is_whole: true,
        blobs,
        attributions,
        reachable,
        names,
        name_trees: HashMap::new(),
        ref_names,
        messages,
    })
}

/// The objects of the cache, in the packs that it was made of.
struct CachedObjects<'a> {
    scan: &'a ScanContext<'a>,
    forest: &'a Forest,
    cache: &'a Cache,
}

impl CachedObjects<'_> {
    /// Searches the commits and tags again that had matches. `None` if one of them cannot be read.
    fn search_messages(&self, repository: &str, messages: &mut MessageMatches) -> Option<()> {
        let mut reader = ObjectReader::new(self.forest, u64::MAX);
        let search = MessageSearch::new(self.scan, repository);
        let (mut worker, mut lines) = (MessageWorker::default(), Vec::new());
        for &number in &self.cache.messages {
            let (kind, raw) = reader.scanned_object(number).ok()?;
            let id = self.forest.scanned.id(number);
            let header = ObjectHeader::read(&raw, id.format(), &mut lines);
            search.search(&mut worker, kind, id, header);
        }
        // These messages were counted by the scan that made the cache, which had room for all.
        let mut coverage = Coverage::default();
        messages.absorb(search.into_matches(&mut coverage));
        coverage.complete().then_some(())
    }

    /// The blobs of the cache that a new tree, or the index, calls by a name of a syntax that its
    /// trees did not give them. `None` if one of them had matches and no name: with a name, it is
    /// searched as the syntax of that name alone.
    fn renamed_blobs(&self, trees: &TreeIndex, index: &[Staged]) -> Option<HashSet<BlobKey>> {
        let scanned = &self.forest.scanned;
        let in_trees = trees
            .outside
            .iter()
            .map(|&(number, name)| (number, &*trees.names[name as usize]));
        let staged = index
            .iter()
            .filter_map(|entry| Some((scanned.find(entry.id)?, entry.path.as_slice())));
        let mut renamed = HashSet::new();
        for (number, name) in in_trees.chain(staged) {
            let syntaxes = self.cache.syntaxes[number.index()];
            if syntaxes == 0 && self.cache.blobs.iter().any(|blob| blob.number == number) {
                return None;
            }
            if syntaxes & SyntaxSet::bit_of_name(name) == 0 {
                renamed.insert(BlobKey::at_path(scanned.id(number), name));
            }
        }
        Some(renamed)
    }

    /// All commits; the index in them of each commit of the cache; and the indexes of those that
    /// are new.
    fn join_commits(&self, above: Commits) -> (Commits, Vec<CommitIndex>, Vec<CommitIndex>) {
        let id = |number| self.forest.scanned.id(number);
        let older: Vec<_> = self
            .cache
            .commits
            .iter()
            .map(|commit| (id(commit.number), commit.time, &commit.parents[..]))
            .collect();
        let tag = |(number, target): &(PackedNumber, String)| {
            Some(Tag {
                id: id(*number),
                target: ObjectId::from_hex(target.as_bytes())?,
            })
        };
        let tags: Vec<Tag> = self.cache.tags.iter().filter_map(tag).collect();
        let (commits, of_cache, of_forest) = above.with_older(&older, &tags);
        let known: HashSet<CommitIndex> = of_cache.iter().copied().collect();
        let recent = of_forest
            .into_iter()
            .filter(|at| !known.contains(at))
            .collect();
        (commits, of_cache, recent)
    }

    /// The paths of all blobs with matches.
    fn paths(
        &self,
        commits: &Commits,
        asked: &[CommitIndex],
        of_cache: &[CommitIndex],
        recent: &[CommitIndex],
        blobs: &BlobMatchMap,
    ) -> Option<Vec<ObjectPath>> {
        let known = self
            .cache
            .blobs
            .iter()
            .map(|blob| self.forest.scanned.id(blob.number));
        let with_matches: HashSet<ObjectId> =
            known.chain(blobs.keys().map(|key| key.object())).collect();
        let now = |list: &[CommitIndex]| list.iter().map(|&at| of_cache[at.index()]).collect();
        let path = |record: &PathRecord| ObjectPath {
            path: record.path.clone(),
            blob: self.forest.scanned.id(record.blob),
            introduced_by: now(&record.introduced_by),
            last_held_by: now(&record.last_held_by),
            held_by: now(&record.held_by),
        };
        let of_packs = ObjectPaths {
            list: self.cache.paths.iter().map(path).collect(),
            ..ObjectPaths::default()
        };
        let reader = ObjectReader::new(self.forest, Limits::default().visit);
        let mut diff = TreeDiff::new(reader, &with_matches);
        diff.compare(commits, recent).ok()?;
        let new = ObjectPaths {
            list: diff.take(),
            ..ObjectPaths::default()
        };
        let mut list = object_paths::merge([of_packs, new]).list;
        let asked_before: HashSet<CommitIndex> = self
            .cache
            .asked
            .iter()
            .map(|&at| of_cache[at.index()])
            .collect();
        for &at in asked.iter().filter(|at| !asked_before.contains(at)) {
            for index in diff.paths_held_by(commits, at, &list).ok()? {
                list[index].held_by.push(at);
            }
        }
        list.iter_mut()
            .for_each(|path| path.held_by.sort_unstable());
        Some(list)
    }

    /// Adds the blobs of the cache with their matches. For each value one blob is searched again;
    /// of the others only the values are known. `None` if a blob cannot be read, or has other
    /// matches than the cache says.
    fn add_known_blobs(
        &self,
        attributions: &[Attribution],
        blobs: &mut BlobMatchMap,
    ) -> Option<()> {
        let mut records: BTreeMap<BlobKey, &[u32]> = BTreeMap::new();
        for record in &self.cache.blobs {
            let id = self.forest.scanned.id(record.number);
            let syntax = Syntax::ALL[usize::from(record.syntax)];
            records.insert(BlobKey::new(id, syntax), &record.values);
        }
        let wanted = self.newest_blobs(attributions, &records);
        let again = search_again(self.scan, self.forest, everything(wanted));
        if !again.is_complete() {
            return None;
        }
        let mut values: Vec<Option<SecretValue>> = vec![None; self.cache.values as usize];
        for (key, matches) in &again.matches {
            let numbers = records[key];
            if numbers.len() != matches.len() {
                return None;
            }
            for (&number, located) in numbers.iter().zip(matches.iter()) {
                values[number as usize] = Some(located.matched.value.clone());
            }
        }
        for (key, numbers) in records {
            let matches = match again.matches.get(&key) {
                Some(matches) => BlobMatches::located(matches.clone()),
                None => {
                    let values = numbers
                        .iter()
                        .map(|&number| values[number as usize].clone());
                    BlobMatches::of_values(values.collect::<Option<_>>()?)
                }
            };
            // A file of the working tree may have given its matches already.
            blobs.entry(key).or_insert(matches);
        }
        Some(())
    }

    /// For each value of the cache, the newest blob that holds it: most likely the one that is
    /// shown.
    fn newest_blobs(
        &self,
        attributions: &[Attribution],
        records: &BTreeMap<BlobKey, &[u32]>,
    ) -> HashSet<BlobKey> {
        let mut newest: Vec<Option<((bool, usize), BlobKey)>> =
            vec![None; self.cache.values as usize];
        let placed = attributions.iter().map(|place| {
            (
                (!place.heads.is_empty(), place.last_rank),
                BlobKey::at_path(place.blob, &place.path),
            )
        });
        let unplaced = records.keys().map(|&key| ((false, 0), key));
        for (rank, key) in placed.chain(unplaced) {
            let values = records.get(&key).into_iter();
            for &value in values.flat_map(|values| values.iter()) {
                let newest = &mut newest[value as usize];
                if newest.is_none_or(|(other, _)| rank > other) {
                    *newest = Some((rank, key));
                }
            }
        }
        newest.iter().flatten().map(|&(_, key)| key).collect()
    }
}
