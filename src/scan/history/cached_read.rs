//! Reads what is new since a cache was made, and joins it with what the cache knows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::cache_file::{Cache, PlaceMark};
use crate::cancel;
use crate::coverage::Coverage;
use crate::detect::file_kind::{FileKind, file_kind};
use crate::scan::history::full_read::{self, Found, HistoryHits, Read};
use crate::scan::history::missing_objects::Gaps;
use crate::scan::search::blob_search::{self, Files, KINDS};
use crate::scan::search::name_search;
use crate::scan::search::object_search::{self, BlobHits, Matches};
use crate::scan::{Run, since_filter};
use crate::secret::SecretValue;
use crate::source::git::attribution::{Attribution, History};
use crate::source::git::commits::{Commits, Tag};
use crate::source::git::object_header::ObjectHeader;
use crate::source::git::object_paths::{self, ObjectPath, ObjectPaths};
use crate::source::git::pack::{Forest, Limits, ObjectId, ObjectReader};
use crate::source::git::tree_diff::TreeDiff;
use crate::source::git::tree_index::TreeIndex;
use crate::source::git::{Repo, Staged};
use crate::source::target::Unit;

/// New objects that are few, however many are known; with more, they are few if they are no more than one in [`SHARE`].
/// Otherwise everything is read, and the cache made anew.
const FEW: u32 = 4096;
const SHARE: u32 = 8;

/// Reads a history by its cache. `None` where that cannot be done, or not exactly: everything is to be read then. Nothing
/// is told in `coverage` before that is known.
pub(crate) fn resume(
    run: &Run,
    unit: &Unit,
    files: &Files,
    nested: &[PathBuf],
    repo: &Repo,
    objects: &Path,
    coverage: &mut Coverage,
) -> Option<HistoryHits> {
    let cache = Cache::load(run, objects)?;
    let forest =
        Forest::open_beside(objects, repo.format(), run.options.workers, &cache.packs).ok()??;
    if forest.scanned.len() != cache.kinds.len() as u32
        || forest.nodes() > FEW.max(forest.scanned.len() / SHARE)
    {
        return None;
    }
    let mut account = Coverage::default();
    let mut gaps = Gaps {
        unit,
        forest: &forest,
        partial: repo.is_partial(),
        coverage: &mut account,
    };
    gaps.files(objects);
    let index = gaps.staged(repo);
    let tips = repo.tips();
    gaps.refs(&tips);
    let limits = Limits {
        memory: run.options.memory,
        ..Limits::default()
    };
    let (above, mut found) = full_read::commits(run, limits, &mut gaps);
    let mut trees = TreeIndex::build(&forest, run.options.workers, limits, run.progress);
    trees.submodules.extend(cache.submodules.iter().cloned());
    gaps.trees(&trees, nested);
    let names = name_search::search(run, trees.names.iter().map(|name| &**name), gaps.coverage);
    let ref_names = name_search::search(run, tips.names.iter().map(Vec::as_slice), gaps.coverage);
    if !names.is_empty() || trees.names.iter().any(|name| name.contains(&b'/')) {
        return None;
    }
    let (mut blobs, _) = full_read::search_blobs(run, &trees, &index, files, &mut gaps);
    let resumed = Resumed {
        run,
        forest: &forest,
        cache: &cache,
    };
    resumed.search_again(&mut found)?;
    let other_kinds = object_search::read(run, &forest, resumed.other_kinds(&trees, &index)?);
    if !other_kinds.whole {
        return None;
    }
    blobs.extend(
        other_kinds
            .hits
            .iter()
            .map(|(key, hits)| (*key, Matches::Read(hits.clone()))),
    );
    let (commits, of_cache, recent) = resumed.commits(above);

    let older = run
        .options
        .since
        .as_ref()
        .map(|since| since_filter::older(since, repo, &commits))
        .transpose()
        .ok()?;
    let history = History::new(&commits, &tips, repo.head().and_then(|id| commits.find(id)));
    let places = resumed.places(&commits, &history.asked(), &of_cache, &recent, &blobs)?;
    let placed: Vec<Attribution> = places
        .into_iter()
        .filter_map(|place| history.attribute(place))
        .collect();
    // What an unreachable tree calls by another name may stand at paths that are not looked at here.
    let stands = |id: ObjectId| {
        placed.iter().any(|place| place.blob == id) || index.iter().any(|entry| entry.id == id)
    };
    if other_kinds.hits.keys().any(|(id, _)| !stands(*id)) {
        return None;
    }
    resumed.known_blobs(&placed, &mut blobs)?;

    for told in &cache.large {
        account.skip(
            crate::coverage::Skip::TooLarge,
            format!("{} {told}", unit.name),
        );
    }
    account.known = u64::from(forest.scanned.len());
    if !account.complete() || cancel::interrupted() {
        return None;
    }
    coverage.absorb(account);
    let (named, reachable) = (HashMap::new(), history.into_reachable());
    let read = Read {
        forest,
        commits,
        tips,
        index,
        older,
        blobs,
        placed,
        reachable,
        names,
        named,
        ref_names,
        found,
    };
    Some(read.into_hits())
}

/// A blob, and the kind of file that it is read as.
type Key = (ObjectId, FileKind);

struct Resumed<'a> {
    run: &'a Run<'a>,
    forest: &'a Forest,
    cache: &'a Cache,
}

impl Resumed<'_> {
    /// Searches the commits and tags again that had matches.
    fn search_again(&self, found: &mut Found) -> Option<()> {
        let mut reader = ObjectReader::new(self.forest, u64::MAX);
        let (mut searched, mut lines) = (full_read::Searched::default(), Vec::new());
        for &number in &self.cache.messages {
            let (kind, raw) = reader.scanned_object(number).ok()?;
            let id = self.forest.scanned.id(number);
            searched.object(
                self.run,
                kind,
                id,
                ObjectHeader::read(&raw, id.format(), &mut lines),
            );
        }
        // What was searched before is not counted again.
        drop(found.add(searched));
        Some(())
    }

    /// Blobs of the cache that a new tree, or the index, calls by a name of another kind than its trees did. `None` if one of
    /// them had no name, and matches: with a name it is searched as what that says, and as nothing else.
    fn other_kinds(&self, trees: &TreeIndex, index: &[Staged]) -> Option<HashSet<Key>> {
        let of_trees = trees
            .outside
            .iter()
            .map(|&(number, name)| (number, &*trees.names[name as usize]));
        let staged = index
            .iter()
            .filter_map(|entry| Some((self.forest.scanned.find(entry.id)?, entry.path.as_slice())));
        let mut other = HashSet::new();
        for (number, name) in of_trees.chain(staged) {
            let kinds = self.cache.kinds[number as usize];
            if kinds == 0 && self.cache.blobs.iter().any(|blob| blob.number == number) {
                return None;
            }
            if kinds & blob_search::kind_bit(name) == 0 {
                other.insert((self.forest.scanned.id(number), file_kind(name)));
            }
        }
        Some(other)
    }

    /// All commits; the index that each of the cache has now; and those that are new.
    fn commits(&self, above: Commits) -> (Commits, Vec<u32>, Vec<u32>) {
        let id = |number| self.forest.scanned.id(number);
        let older: Vec<_> = self
            .cache
            .commits
            .iter()
            .map(|mark| (id(mark.number), mark.time, &mark.parents[..]))
            .collect();
        let tag = |(number, target): &(u32, String)| {
            Some(Tag {
                id: id(*number),
                target: ObjectId::from_hex(target.as_bytes())?,
            })
        };
        let tags: Vec<Tag> = self.cache.tags.iter().filter_map(tag).collect();
        let (commits, of_cache, of_forest) = above.with_older(&older, &tags);
        let known: HashSet<u32> = of_cache.iter().copied().collect();
        let recent = of_forest
            .into_iter()
            .filter(|at| !known.contains(at))
            .collect();
        (commits, of_cache, recent)
    }

    /// All places of blobs with matches.
    fn places(
        &self,
        commits: &Commits,
        asked: &[u32],
        of_cache: &[u32],
        recent: &[u32],
        blobs: &BlobHits,
    ) -> Option<Vec<ObjectPath>> {
        let known = self
            .cache
            .blobs
            .iter()
            .map(|blob| self.forest.scanned.id(blob.number));
        let hits: HashSet<ObjectId> = known.chain(blobs.keys().map(|(id, _)| *id)).collect();
        let now = |list: &[u32]| list.iter().map(|&at| of_cache[at as usize]).collect();
        let place = |mark: &PlaceMark| ObjectPath {
            path: mark.path.clone(),
            blob: self.forest.scanned.id(mark.blob),
            introduced_by: now(&mark.brought),
            last_held_by: now(&mark.left),
            held_by: now(&mark.held),
        };
        let of_packs = ObjectPaths {
            list: self.cache.places.iter().map(place).collect(),
            ..ObjectPaths::default()
        };
        let mut trees = TreeDiff::new(
            ObjectReader::new(self.forest, Limits::default().visit),
            &hits,
        );
        trees.compare(commits, recent).ok()?;
        let new = ObjectPaths {
            list: trees.take(),
            ..ObjectPaths::default()
        };
        let mut list = object_paths::merge([of_packs, new]).list;
        let told: HashSet<u32> = self
            .cache
            .asked
            .iter()
            .map(|&at| of_cache[at as usize])
            .collect();
        for &at in asked.iter().filter(|at| !told.contains(at)) {
            for index in trees.paths_held_by(commits, at, &list).ok()? {
                list[index].held_by.push(at);
            }
        }
        list.iter_mut()
            .for_each(|place| place.held_by.sort_unstable());
        Some(list)
    }

    /// Adds the blobs of the cache with their matches: of each value one blob is read, of the others only the values are known.
    fn known_blobs(&self, placed: &[Attribution], blobs: &mut BlobHits) -> Option<()> {
        let mut marks: BTreeMap<Key, &[u32]> = BTreeMap::new();
        for mark in &self.cache.blobs {
            let (id, kind) = (
                self.forest.scanned.id(mark.number),
                KINDS[usize::from(mark.kind)],
            );
            marks.insert((id, kind), &mark.values);
        }
        // The newest blob with a value is the one to be shown, most likely.
        let mut newest: Vec<Option<((bool, usize), Key)>> = vec![None; self.cache.values as usize];
        let of_placed = placed.iter().map(|place| {
            (
                (place.at_head, place.last_rank),
                (place.blob, file_kind(&place.path)),
            )
        });
        let unplaced = marks.keys().map(|&key| ((false, 0), key));
        for (rank, key) in of_placed.chain(unplaced) {
            for &value in marks.get(&key).into_iter().flat_map(|values| values.iter()) {
                let newest = &mut newest[value as usize];
                if newest.is_none_or(|(other, _)| rank > other) {
                    *newest = Some((rank, key));
                }
            }
        }
        let wanted: HashSet<Key> = newest.iter().flatten().map(|&(_, key)| key).collect();
        let read = object_search::read(self.run, self.forest, wanted);
        if !read.whole {
            return None;
        }
        let mut values: Vec<Option<SecretValue>> = vec![None; self.cache.values as usize];
        for (key, hits) in &read.hits {
            let numbers = marks[key];
            if numbers.len() != hits.len() {
                return None;
            }
            for (&number, located) in numbers.iter().zip(hits.iter()) {
                values[number as usize] = Some(located.found.value.clone());
            }
        }
        for (key, numbers) in marks {
            let matches = match read.hits.get(&key) {
                Some(hits) => Matches::Read(hits.clone()),
                None => {
                    let of = numbers
                        .iter()
                        .map(|&number| values[number as usize].clone());
                    Matches::Known(of.collect::<Option<Vec<_>>>()?)
                }
            };
            // A file of the working tree may have given it already.
            blobs.entry(key).or_insert(matches);
        }
        Some(())
    }
}
