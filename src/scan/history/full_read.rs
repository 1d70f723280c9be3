//! Reads a repository's objects and finds who brought in those with matches.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::{cache_file, cache_recording, cached_read};
use crate::cancel;
use crate::coverage::{Coverage, Skip};
use crate::detect::file_kind::{FileKind, file_kind};
use crate::scan::Run;
use crate::scan::history::missing_objects::Gaps;
use crate::scan::search::blob_search::{self, Files, Hits};
use crate::scan::search::header_search::{self, Header};
use crate::scan::search::name_search::{self, Names};
use crate::scan::search::object_search::{self, BlobHits, Matches};
use crate::scan::since_filter;
use crate::source::git::attribution::{Attribution, History};
use crate::source::git::commits::{self, Commits, MessageVisitor, Tag};
use crate::source::git::object_header::ObjectHeader;
use crate::source::git::object_paths;
use crate::source::git::pack::{Forest, Limits, ObjectId, ObjectKind};
use crate::source::git::tree_index::TreeIndex;
use crate::source::git::{Repo, Staged, Tips};
use crate::source::target::Unit;

/// What a repository's history holds of secrets.
pub(crate) struct HistoryHits {
    pub forest: Forest,
    pub commits: Commits,
    /// Commits whose findings are not told, if not all are.
    pub older: Option<HashSet<ObjectId>>,
    pub blobs: BlobHits,
    /// Places of those blobs in commits.
    pub placed: Vec<Attribution>,
    /// Blobs with matches that no commit holds, and their staged path if the index holds them.
    pub loose: Vec<(ObjectId, FileKind, Option<Vec<u8>>)>,
    /// Objects that a ref names itself: a tag can be of a blob.
    pub pointed: HashSet<ObjectId>,
    /// By commit: matches of its message, and whether a ref leads to it.
    pub commit_messages: Vec<(ObjectId, Hits, bool)>,
    pub tag_messages: Vec<(Tag, Hits, bool)>,
    /// In no order.
    pub headers: Vec<Header>,
    /// Names of files and folders with matches.
    pub names: Names,
    /// For each of these, a tree that holds it.
    pub named: HashMap<Vec<u8>, ObjectId>,
    /// Names of refs with matches.
    pub ref_names: Names,
    /// Full names of branches and tags, in the order in which places name them.
    pub named_refs: Vec<Vec<u8>>,
}

impl HistoryHits {
    /// When a commit was made, in seconds since 1970; zero for what is none.
    pub(crate) fn time(&self, id: ObjectId) -> i64 {
        self.commits
            .find(id)
            .map_or(0, |at| self.commits.list[at].time)
    }

    /// The tree of a commit that holds something.
    pub(crate) fn tree(&self, at: usize) -> ObjectId {
        self.forest.id(self.commits.list[at].tree)
    }
}

/// `nested` are the repositories within the working tree. An error says why nothing of the history can be read.
pub(crate) fn read(
    run: &Run,
    unit: &Unit,
    files: &Files,
    nested: &[PathBuf],
    coverage: &mut Coverage,
) -> Result<HistoryHits, String> {
    let repo = Repo::open(&unit.location).map_err(|error| error.to_string())?;
    run.progress.stage("listing objects", 0);
    let objects = repo.objects().map_err(|error| error.to_string())?;
    if let Some(resumed) = cached_read::resume(run, unit, files, nested, &repo, &objects, coverage)
    {
        return Ok(resumed);
    }
    let workers = run.options.workers;
    let forest = Forest::open(&objects, repo.format(), workers).map_err(|flaw| flaw.to_string())?;
    let mut account = Coverage::default();
    let mut gaps = Gaps {
        unit,
        forest: &forest,
        partial: repo.is_partial(),
        coverage: &mut account,
    };
    gaps.files(&objects);
    let index = gaps.staged(&repo);
    let tips = repo.tips();
    gaps.refs(&tips);

    let limits = Limits {
        memory: run.options.memory,
        ..Limits::default()
    };
    let (commits, found) = commits(run, limits, &mut gaps);
    let older = run
        .options
        .since
        .as_ref()
        .map(|since| since_filter::older(since, &repo, &commits))
        .transpose()?;
    let trees = TreeIndex::build(&forest, workers, limits, run.progress);
    gaps.trees(&trees, nested);
    let names = name_search::search(run, trees.names.iter().map(|name| &**name), gaps.coverage);
    let ref_names = name_search::search(run, tips.names.iter().map(Vec::as_slice), gaps.coverage);
    let (named, holders) = trees.with_names(|name| names.contains_key(name));
    let named = named
        .into_iter()
        .map(|(name, tree)| (name, forest.id(tree)))
        .collect();
    let (blobs, large) = search_blobs(run, &trees, &index, files, &mut gaps);

    run.progress.stage("attributing", 0);
    let history = History::new(&commits, &tips, repo.head().and_then(|id| commits.find(id)));
    let hits = blobs
        .keys()
        .filter_map(|(id, _)| forest.node(*id))
        .chain(holders)
        .collect();
    let asked = history.asked();
    let places = object_paths::find(&forest, &trees, &commits, &asked, &hits, workers);
    for id in places.crowded {
        gaps.coverage.unreadable(
            format!("{} commit {id}", unit.name),
            "names more places than can be told",
        );
    }
    if places.cut {
        let why = "its trees lead to findings in more ways than can be followed: paths may be missing, and commits wrong";
        gaps.coverage
            .unreadable(format!("{} history", unit.name), why);
    }
    let whole = account.complete()
        && !account.skipped.contains_key(&Skip::NotInClone)
        && !cancel::interrupted();
    if whole && names.is_empty() && cache_file::pays(run, &forest) {
        let (forest, commits, trees, messages) = (&forest, &commits, &trees, found.ids());
        let (blobs, large, places, asked) = (&blobs, &large, &places.list, &asked);
        let read = cache_recording::Read {
            forest,
            commits,
            trees,
            blobs,
            large,
            places,
            asked,
            messages,
        };
        if let Some(cache) = cache_recording::record(run, &read) {
            cache.store(run, &objects);
        }
    }
    coverage.absorb(account);
    drop(trees);
    let placed = places
        .list
        .into_iter()
        .filter_map(|place| history.attribute(place))
        .collect();
    let reachable = history.into_reachable();
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
    Ok(read.into_hits())
}

/// What was read of a repository, or is known of it.
pub(crate) struct Read {
    pub forest: Forest,
    pub commits: Commits,
    pub tips: Tips,
    pub index: Vec<Staged>,
    pub older: Option<HashSet<ObjectId>>,
    pub blobs: BlobHits,
    pub placed: Vec<Attribution>,
    /// Of each commit.
    pub reachable: Vec<bool>,
    pub names: Names,
    pub named: HashMap<Vec<u8>, ObjectId>,
    pub ref_names: Names,
    pub found: Found,
}

impl Read {
    pub(crate) fn into_hits(self) -> HistoryHits {
        let Self {
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
        } = self;
        let reachable = |id: ObjectId| commits.find(id).is_some_and(|at| reachable[at]);
        let loose = loose_blobs(&blobs, &placed, &index);
        let pointed = pointed(&commits, &tips);
        let tag = |id: &ObjectId| {
            commits
                .tags
                .binary_search_by_key(id, |tag| tag.id)
                .ok()
                .map(|at| commits.tags[at])
        };
        let (of_commits, of_tags): (Vec<_>, Vec<_>) = found
            .messages
            .into_iter()
            .partition(|(kind, ..)| *kind == ObjectKind::Commit);
        let reached = |(_, id, hits)| (id, hits, reachable(id));
        let mut commit_messages: Vec<_> = of_commits.into_iter().map(reached).collect();
        commit_messages.sort_unstable_by_key(|(id, ..)| *id);
        let reached = |(_, id, hits)| tag(&id).map(|tag| (tag, hits, pointed.contains(&id)));
        let mut tag_messages: Vec<_> = of_tags.into_iter().filter_map(reached).collect();
        tag_messages.sort_unstable_by_key(|(tag, ..)| tag.id);
        let header = |(kind, id, hits)| {
            let tag = tag(&id);
            let commit = tag.map_or(id, |tag| tag.target);
            let reachable = reachable(id) || (tag.is_some() && pointed.contains(&id));
            Header {
                kind,
                id,
                hits,
                commit: commits.find(commit).map(|_| commit),
                reachable,
            }
        };
        let headers = found.headers.into_iter().map(header).collect();
        let named_refs = tips.named.into_iter().map(|(name, _)| name).collect();
        HistoryHits {
            forest,
            commits,
            older,
            blobs,
            placed,
            loose,
            pointed,
            commit_messages,
            tag_messages,
            headers,
            names,
            named,
            ref_names,
            named_refs,
        }
    }
}

/// Reads all commits and tags, and searches them.
pub(crate) fn commits(run: &Run, limits: Limits, gaps: &mut Gaps) -> (Commits, Found) {
    let (commits, parts) = commits::collect(
        gaps.forest,
        run.options.workers,
        limits,
        &Searcher { run },
        run.progress,
    );
    let mut found = Found::default();
    parts
        .into_iter()
        .for_each(|part| gaps.coverage.absorb(found.add(part)));
    gaps.commits(&commits);
    (commits, found)
}

/// The matches of all blobs, as the kinds of file that trees and the index make of them; and what was too large.
pub(crate) fn search_blobs(
    run: &Run,
    trees: &TreeIndex,
    index: &[Staged],
    files: &Files,
    gaps: &mut Gaps,
) -> (BlobHits, Vec<(u32, String)>) {
    let forest = gaps.forest;
    let mut kinds = trees.blob_classes(forest.nodes(), blob_search::kind_bit);
    for entry in index {
        if let Some(node) = forest.node(entry.id) {
            kinds[node as usize] |= blob_search::kind_bit(&entry.path);
        }
    }
    let (mut blobs, large) =
        object_search::scan(run, &gaps.unit.name, forest, &kinds, files, gaps.coverage);
    for (path, id, hits) in &files.hits {
        // A file of the working tree that is no blob of this repository is none of its history.
        if let Some(id) = id.filter(|&id| forest.contains(id)) {
            blobs.insert(
                (id, file_kind(path.as_bytes())),
                Matches::Read(hits.clone()),
            );
        }
    }
    (blobs, large)
}

/// Commits and tags with matches in their messages and headers.
#[derive(Default)]
pub(crate) struct Found {
    messages: Vec<(ObjectKind, ObjectId, Hits)>,
    headers: Vec<(ObjectKind, ObjectId, Hits)>,
}

impl Found {
    /// Returns the account of what was searched.
    pub(crate) fn add(&mut self, searched: Searched) -> Coverage {
        self.messages.extend(searched.messages);
        self.headers.extend(searched.headers);
        searched.coverage
    }

    fn ids(&self) -> Vec<ObjectId> {
        self.messages
            .iter()
            .chain(&self.headers)
            .map(|(_, id, _)| *id)
            .collect()
    }
}

/// Searches headers and messages.
struct Searcher<'a> {
    run: &'a Run<'a>,
}

impl MessageVisitor for Searcher<'_> {
    type Worker = Searched;

    fn worker(&self) -> Self::Worker {
        Self::Worker::default()
    }

    fn object(&self, part: &mut Searched, kind: ObjectKind, id: ObjectId, head: ObjectHeader) {
        part.object(self.run, kind, id, head);
    }
}

#[derive(Default)]
pub(crate) struct Searched {
    headers: Vec<(ObjectKind, ObjectId, Hits)>,
    messages: Vec<(ObjectKind, ObjectId, Hits)>,
    searcher: header_search::Searcher,
    coverage: Coverage,
}

impl Searched {
    pub(crate) fn object(&mut self, run: &Run, kind: ObjectKind, id: ObjectId, head: ObjectHeader) {
        let hits = self.searcher.scan(run, head, &mut self.coverage);
        self.headers.extend(hits.map(|hits| (kind, id, hits)));
        let hits = blob_search::scan(
            run,
            &head.raw[head.message..],
            FileKind::Prose,
            &mut self.coverage,
        );
        self.messages.extend(hits.map(|hits| (kind, id, hits)));
    }
}

/// What refs name, through tags of tags too.
fn pointed(commits: &Commits, tips: &Tips) -> HashSet<ObjectId> {
    let targets: HashMap<ObjectId, ObjectId> = commits
        .tags
        .iter()
        .map(|tag| (tag.id, tag.target))
        .collect();
    let mut pointed = HashSet::new();
    let mut names: Vec<ObjectId> = tips.refs.iter().chain(&tips.notes).copied().collect();
    while let Some(id) = names.pop() {
        if pointed.insert(id) {
            names.extend(targets.get(&id));
        }
    }
    pointed
}

fn loose_blobs(
    blobs: &BlobHits,
    placed: &[Attribution],
    index: &[Staged],
) -> Vec<(ObjectId, FileKind, Option<Vec<u8>>)> {
    let in_commits: HashSet<ObjectId> = placed.iter().map(|place| place.blob).collect();
    let committed: HashSet<(&[u8], ObjectId)> = placed
        .iter()
        .map(|place| (place.path.as_slice(), place.blob))
        .collect();
    let mut loose = Vec::new();
    let mut staged = HashSet::new();
    for entry in index {
        let kind = file_kind(&entry.path);
        if blobs.contains_key(&(entry.id, kind))
            && !committed.contains(&(entry.path.as_slice(), entry.id))
        {
            staged.insert(entry.id);
            loose.push((entry.id, kind, Some(entry.path.clone())));
        }
    }
    for &(id, kind) in blobs.keys() {
        if !in_commits.contains(&id) && !staged.contains(&id) {
            loose.push((id, kind, None));
        }
    }
    loose.sort();
    // Several working trees may have staged the same.
    loose.dedup();
    // One line is enough for a blob without a name, whatever kinds unreachable trees give it.
    loose.dedup_by(|a, b| a.0 == b.0 && a.2.is_none() && b.2.is_none());
    loose
}
