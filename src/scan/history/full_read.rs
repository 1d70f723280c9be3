//! Reads and searches all objects of a repository.

use std::collections::HashMap;

use super::cache_file;
use super::cache_recording::{self, CacheableHistory};
use super::coverage_gaps::CoverageGaps;
use super::history_error::HistoryError;
use super::history_parts::HistoryParts;
use super::history_source::HistorySource;
use crate::cancel;
use crate::coverage::Coverage;
use crate::finding::Origin;
use crate::scan::search::name_search;
use crate::scan::since_filter;
use crate::source::git::attribution::History;
use crate::source::git::object_paths::{self, ObjectPaths};
use crate::source::git::own_objects;
use crate::source::git::pack::{Forest, ObjectId};
use crate::source::git::tree_index::TreeIndex;

/// Reads a history, and writes a cache of it where that saves time.
///
/// # Errors
/// The object database cannot be listed, or the repository does not have the revision of `--since`.
pub(super) fn read(
    source: &HistorySource,
    coverage: &mut Coverage,
) -> Result<HistoryParts, HistoryError> {
    let &HistorySource { scan, repo, .. } = source;
    let workers = scan.options.workers;
    let (boundary, format, supplement) = (repo.boundary(), repo.format(), scan.supplement);
    let mut forest = Forest::open_within(boundary, source.objects, format, workers, supplement)?
        .verifying_ids(scan.options.verify_objects);
    let borrowed = own_objects::restrict(&mut forest, repo);
    let mut own_coverage = Coverage::default();
    let mut gaps = source.gaps(&forest, &mut own_coverage);
    gaps.files(source.objects);
    gaps.borrowed_objects(borrowed);
    let index = gaps.staged(repo);
    let tips = repo.tips();
    gaps.refs(&tips);

    let (commits, messages) = source.commits(&mut gaps);
    let since = scan.options.since.as_ref();
    let older = since
        .map(|since| since_filter::older(since, repo, &commits))
        .transpose()?;
    let trees = TreeIndex::build(&forest, workers, source.limits(), scan.progress);
    gaps.trees(&trees, source.nested);
    let tree_names = trees.names.iter().map(|name| &**name);
    let names = name_search::search(scan, tree_names, Origin::FileName, gaps.coverage);
    let tip_names = tips.names.iter().map(Vec::as_slice);
    let ref_names = name_search::search(scan, tip_names, Origin::RefName, gaps.coverage);
    let (named, holders) = trees.with_names(|name| names.contains_key(name));
    let name_trees: HashMap<Vec<u8>, ObjectId> = named
        .into_iter()
        .map(|(name, tree)| (name, forest.id(tree)))
        .collect();
    let objects = source.search_objects(&trees, &index, &mut gaps);

    scan.progress.stage("attributing", 0);
    let history = History::new(&commits, &tips, older.as_ref());
    let with_matches = objects
        .matches
        .keys()
        .filter_map(|key| forest.node(key.object()))
        .chain(holders)
        .collect();
    let asked = history.asked();
    let paths = object_paths::find(&forest, &trees, &commits, &asked, &with_matches, workers);
    report_unfollowed(&paths, &mut gaps);
    // Which borrowed objects belong to the repository depends on its refs, which a cache of packs does not record.
    if names.is_empty() && is_whole(&own_coverage) && !forest.borrows() {
        let cacheable = CacheableHistory {
            forest: &forest,
            commits: &commits,
            trees: &trees,
            objects: &objects,
            paths: &paths.list,
            asked: &asked,
            messages: messages.objects().collect(),
        };
        write_cache(source, &cacheable);
    }
    let is_whole = own_coverage.complete() && !own_coverage.lacks_objects();
    coverage.absorb(own_coverage);
    // The largest table of the scan is not needed any more.
    drop(trees);
    let attributions = paths
        .list
        .into_iter()
        .filter_map(|path| history.attribute(path))
        .collect();
    let reachable = history.into_reachable();
    Ok(HistoryParts {
        forest,
        commits,
        tips,
        index,
        older,
        is_whole,
        blobs: objects.matches,
        attributions,
        reachable,
        names,
        name_trees,
        ref_names,
        messages,
    })
}

/// Reports trees that lead to matches in more ways than are followed.
fn report_unfollowed(paths: &ObjectPaths, gaps: &mut CoverageGaps) {
    let repository = &gaps.unit.name;
    for id in &paths.crowded {
        gaps.coverage.unreadable(
            format!("{repository} commit {id}"),
            "names more places than can be told",
        );
    }
    if paths.cut {
        let why = "its trees lead to findings in more ways than can be followed: paths may be missing, and commits wrong";
        gaps.coverage
            .unreadable(format!("{repository} history"), why);
    }
}

/// Whether nothing is missing that a cache would have to know of.
fn is_whole(coverage: &Coverage) -> bool {
    coverage.complete() && !coverage.lacks_objects() && !cancel::stopped()
}

fn write_cache(source: &HistorySource, history: &CacheableHistory) {
    if cache_file::pays(source.scan, history.forest)
        && let Some(cache) = cache_recording::record(source.scan, history)
    {
        cache.store(source.scan, source.objects);
    }
}
