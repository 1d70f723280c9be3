//! Reads a repository's objects and finds who brought in those with matches.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use git2::Oid;

use super::Run;
use super::texts::{self, Files, Hits, KINDS};
use crate::coverage::{Coverage, Skip};
use crate::detect::hint::{FileKind, file_kind};
use crate::source::git::attribution::{self, Attribution, History, Placed};
use crate::source::git::objects::{self, Commit, Message, Source, Tag};
use crate::source::git::{Repo, Staged};
use crate::source::target::Unit;

/// What a repository's history holds of secrets.
pub(crate) struct HistoryHits {
    pub commits: Vec<(Commit, Message)>,
    /// Matches of each blob, by the kind of file that it was read as.
    pub blobs: HashMap<(Oid, FileKind), Hits>,
    /// Places of those blobs in commits.
    pub placed: Vec<Placed>,
    /// Blobs with matches that no commit holds, and their staged path if the index holds them.
    pub loose: Vec<(Oid, FileKind, Option<Vec<u8>>)>,
    /// Objects that a ref names itself: a tag can be of a blob.
    pub pointed: HashSet<Oid>,
    /// By commit: matches of its message, and whether a ref leads to it.
    pub commit_messages: Vec<(Oid, Hits, bool)>,
    pub tag_messages: Vec<(Tag, Hits, bool)>,
}

/// `nested` are the repositories within the working tree.
pub(crate) fn read(
    run: &Run,
    unit: &Unit,
    files: &Files,
    nested: &[PathBuf],
    coverage: &mut Coverage,
) -> Result<HistoryHits, git2::Error> {
    let repo = Repo::open(&unit.location)?;
    let source = Source { location: &unit.location, name: &unit.name, workers: run.options.workers };
    let census = objects::census(&unit.location, &unit.name, run.options.workers, run.progress, coverage)?;
    let commits = objects::commits(&source, &census.commits, run.progress, coverage);
    let tags = objects::tags(&source, &census.tags, coverage);
    let tips = repo.tips();
    let index = repo.index();
    let targets: HashMap<Oid, Oid> = tags.iter().map(|tag| (tag.id, tag.target)).collect();
    let history = History::new(&commits, &targets, &tips);
    let partial = repo.is_partial();
    report_gaps(&source, &census, &history, &commits, partial, coverage);
    let named = objects::names(&source, &census, partial, texts::kind_bit, run.progress, coverage);
    // Those that are checked out are read as repositories of their own.
    let checked_out =
        |name: &[u8]| nested.iter().any(|folder| folder.file_name().is_some_and(|own| own.as_encoded_bytes() == name));
    for name in named.submodules.iter().filter(|name| !checked_out(name)) {
        coverage.skip(Skip::Submodule, format!("{} {}", unit.name, String::from_utf8_lossy(name)));
    }
    let mut kinds = named.kinds;
    for entry in &index {
        *kinds.entry(entry.id).or_default() |= texts::kind_bit(&entry.path);
    }
    coverage.commits += commits.len() as u64;
    coverage.tags += tags.len() as u64;

    let blobs = scan_blobs(run, &source, &census.blobs, &kinds, files, coverage);
    let hits: HashSet<Oid> = blobs.keys().map(|(id, _)| *id).collect();
    run.progress.stage("attributing", 0);
    let Attribution { placed, unreadable } = attribution::attribute(&repo, &history, &hits)?;
    if !partial {
        for (id, why) in unreadable {
            coverage.unreadable(format!("{} tree {id}", unit.name), why);
        }
    }
    let loose = loose_blobs(&blobs, &placed, &index);

    let mut commit_messages = Vec::new();
    for (commit, message) in &commits {
        if let Some(hits) = texts::scan(run, &message.text, FileKind::Prose, coverage) {
            commit_messages.push((commit.id, hits, history.reachable(commit.id)));
        }
    }
    // What a ref names, through tags of tags too.
    let mut pointed: HashSet<Oid> = HashSet::new();
    let mut names: Vec<Oid> = tips.refs.iter().chain(&tips.notes).copied().collect();
    while let Some(id) = names.pop() {
        if pointed.insert(id) {
            names.extend(targets.get(&id));
        }
    }
    let mut tag_messages = Vec::new();
    for tag in tags {
        if let Some(hits) = texts::scan(run, &tag.text, FileKind::Prose, coverage) {
            let reachable = pointed.contains(&tag.id);
            tag_messages.push((tag, hits, reachable));
        }
    }
    drop(history);
    Ok(HistoryHits { commits, blobs, placed, loose, pointed, commit_messages, tag_messages })
}

/// Commits and root trees that are named and not there; what trees name is told where trees are read.
fn report_gaps(
    source: &Source,
    census: &objects::Census,
    history: &History,
    commits: &[(Commit, Message)],
    partial: bool,
    coverage: &mut Coverage,
) {
    objects::report_missing(source.name, history.missing(), partial, coverage);
    let roots: HashSet<Oid> = commits.iter().map(|(commit, _)| commit.tree).collect();
    let missing = roots.into_iter().filter(|tree| !census.known.contains(tree));
    objects::report_missing(source.name, missing, partial, coverage);
}

fn scan_blobs(
    run: &Run,
    source: &Source,
    blobs: &[(Oid, u64)],
    kinds: &HashMap<Oid, u8>,
    files: &Files,
    coverage: &mut Coverage,
) -> HashMap<(Oid, FileKind), Hits> {
    let kinds_of = |id: &Oid| {
        // A blob that no tree names has one kind: unknown.
        let bits = kinds.get(id).copied().unwrap_or(1 << (KINDS.len() - 1));
        KINDS.into_iter().enumerate().filter(move |(bit, _)| bits & (1 << bit) != 0).map(|(_, kind)| kind)
    };
    let mut found: HashMap<(Oid, FileKind), Hits> = HashMap::new();
    for (path, id, hits) in &files.hits {
        if let Some(id) = id {
            found.insert((*id, file_kind(path.as_bytes())), hits.clone());
        }
    }
    let mut wanted = Vec::new();
    for (id, size) in blobs {
        if *size > run.options.max_blob {
            coverage.skip(Skip::TooLarge, format!("{} blob {id} ({size} bytes)", source.name));
            continue;
        }
        coverage.blobs += 1;
        if kinds_of(id).any(|kind| !files.read.contains(&(*id, kind))) {
            wanted.push(*id);
        }
    }
    run.progress.stage("reading blobs", objects::steps(wanted.len()));
    let parts = objects::read(source, &wanted, run.progress, Vec::new, |found, coverage, id, bytes| {
        for kind in kinds_of(&id).filter(|kind| !files.read.contains(&(id, *kind))) {
            if let Some(hits) = texts::scan(run, bytes, kind, coverage) {
                found.push(((id, kind), hits));
            }
        }
    });
    for (part, part_coverage) in parts {
        coverage.absorb(part_coverage);
        found.extend(part);
    }
    // A file of the working tree that is no blob of this repository is none of its history.
    let known: HashSet<Oid> = blobs.iter().map(|(id, _)| *id).collect();
    found.retain(|(id, _), _| known.contains(id));
    found
}

fn loose_blobs(
    blobs: &HashMap<(Oid, FileKind), Hits>,
    placed: &[Placed],
    index: &[Staged],
) -> Vec<(Oid, FileKind, Option<Vec<u8>>)> {
    let in_commits: HashSet<Oid> = placed.iter().map(|place| place.blob).collect();
    let committed: HashSet<(&[u8], Oid)> = placed.iter().map(|place| (place.path.as_slice(), place.blob)).collect();
    let mut loose = Vec::new();
    let mut staged = HashSet::new();
    for entry in index {
        let kind = file_kind(&entry.path);
        if blobs.contains_key(&(entry.id, kind)) && !committed.contains(&(entry.path.as_slice(), entry.id)) {
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
    // One line is enough for a blob without a name, whatever kinds unreachable trees give it.
    loose.dedup_by(|a, b| a.0 == b.0 && a.2.is_none() && b.2.is_none());
    loose
}
