//! Reads a repository's objects and finds who brought in those with matches.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::Run;
use super::blobs::{self, BlobHits};
use super::headers::{self, Header};
use super::names::{self, Names};
use super::since;
use super::texts::{self, Files, Hits};
use crate::coverage::{Coverage, Skip};
use crate::detect::hint::{FileKind, file_kind};
use crate::source::git::attribution::{self, Attribution, History, Placed};
use crate::source::git::commits::{self, Commits, Messages, Tag};
use crate::source::git::pack::{Forest, Kind, Limits, ObjectId, Unread};
use crate::source::git::trees::Trees;
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
    pub placed: Vec<Placed>,
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
}

impl HistoryHits {
    /// When a commit was made, in seconds since 1970; zero for what is none.
    pub(crate) fn time(&self, id: ObjectId) -> i64 {
        self.commits.find(id).map_or(0, |at| self.commits.list[at].time)
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
    let repo = Repo::open(&unit.location).map_err(|error| error.message().to_owned())?;
    run.progress.stage("listing objects", 0);
    let workers = run.options.workers;
    let objects = repo.objects()?;
    let forest = Forest::open(&objects, workers).map_err(|flaw| flaw.to_string())?;
    let mut account = Account { unit, forest: &forest, partial: repo.is_partial(), coverage };
    account.files(&objects);
    let own = repo.index().map_err(|error| error.message().to_owned());
    let mut index = Vec::new();
    for (name, staged) in std::iter::once(("index".to_owned(), own)).chain(repo.other_indexes()) {
        match staged {
            Ok(staged) => index.extend(staged),
            Err(why) => account.coverage.unreadable(format!("{} {name}", unit.name), why),
        }
    }
    let tips = repo.tips();
    account.refs(&tips);

    let limits = Limits { memory: run.options.memory, ..Limits::default() };
    let (commits, parts) = commits::read(&forest, workers, limits, &Searcher { run }, run.progress);
    let (mut messages, mut headers) = (Vec::new(), Vec::new());
    for part in parts {
        account.coverage.absorb(part.coverage);
        messages.extend(part.messages);
        headers.extend(part.headers);
    }
    account.commits(&commits);
    let older = run.options.since.as_ref().map(|since| since::older(since, &repo, &commits)).transpose()?;
    let trees = Trees::read(&forest, workers, limits, run.progress);
    account.trees(&trees, nested);
    let names = names::search(run, trees.names.iter().map(|name| &**name), account.coverage);
    let ref_names = names::search(run, tips.names.iter().map(Vec::as_slice), account.coverage);
    let (named, holders) = trees.named(|name| names.contains_key(name));
    let named = named.into_iter().map(|(name, tree)| (name, forest.id(tree))).collect();

    let mut kinds = trees.kinds(forest.nodes(), texts::kind_bit);
    for entry in &index {
        if let Some(node) = forest.node(entry.id) {
            kinds[node as usize] |= texts::kind_bit(&entry.path);
        }
    }
    let mut blobs = blobs::scan(run, &unit.name, &forest, &kinds, files, account.coverage);
    drop(kinds);
    for (path, id, hits) in &files.hits {
        // A file of the working tree that is no blob of this repository is none of its history.
        if let Some(id) = id.filter(|&id| forest.contains(id)) {
            blobs.insert((id, file_kind(path.as_bytes())), hits.clone());
        }
    }

    run.progress.stage("attributing", 0);
    let history = History::new(&commits, &tips);
    let hits = blobs.keys().filter_map(|(id, _)| forest.node(*id)).chain(holders).collect();
    let head = repo.head().and_then(|id| commits.find(id)).map(|at| commits.list[at].tree);
    let Attribution { placed, crowded } = attribution::attribute(&forest, &trees, &history, head, &hits);
    for id in crowded {
        account.coverage.unreadable(format!("{} commit {id}", unit.name), "names more places than can be told");
    }
    drop(trees);
    let loose = loose_blobs(&blobs, &placed, &index);
    let pointed = pointed(&commits, &tips);
    let (mut commit_messages, mut tag_messages) = (Vec::new(), Vec::new());
    for (kind, id, hits) in messages {
        if kind == Kind::Commit {
            commit_messages.push((id, hits, history.reachable(id)));
        } else if let Ok(at) = commits.tags.binary_search_by_key(&id, |tag| tag.id) {
            tag_messages.push((commits.tags[at], hits, pointed.contains(&id)));
        }
    }
    commit_messages.sort_unstable_by_key(|(id, ..)| *id);
    tag_messages.sort_unstable_by_key(|(tag, ..)| tag.id);
    let header = |(kind, id, hits)| {
        let tag = commits.tags.binary_search_by_key(&id, |tag| tag.id).ok().map(|at| commits.tags[at]);
        let commit = tag.map_or(id, |tag| tag.target);
        let reachable = history.reachable(id) || (tag.is_some() && pointed.contains(&id));
        Header { kind, id, hits, commit: commits.find(commit).map(|_| commit), reachable }
    };
    let headers = headers.into_iter().map(header).collect();
    drop(history);
    Ok(HistoryHits {
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
    })
}

/// Tells what cannot be read.
struct Account<'a> {
    unit: &'a Unit,
    forest: &'a Forest,
    /// Objects are missing by design.
    partial: bool,
    coverage: &'a mut Coverage,
}

impl Account<'_> {
    fn files(&mut self, objects: &Path) {
        let real = objects.canonicalize();
        let shown = |path: &Path| {
            let below = path.strip_prefix(real.as_deref().unwrap_or(objects)).or_else(|_| path.strip_prefix(objects));
            format!("{} objects/{}", self.unit.name, below.unwrap_or(path).display())
        };
        for flaw in self.forest.flaws() {
            self.coverage.unreadable(shown(&flaw.path), flaw.why.clone());
        }
        for path in self.forest.unfinished() {
            self.coverage.skip(Skip::Unfinished, shown(path));
        }
    }

    fn refs(&mut self, tips: &Tips) {
        for (name, why) in &tips.broken {
            self.coverage.unreadable(format!("{} {name}", self.unit.name), why.clone());
        }
        let forest = self.forest;
        self.missing(tips.refs.iter().chain(&tips.notes).copied().filter(|&id| !forest.contains(id)));
    }

    fn commits(&mut self, commits: &Commits) {
        self.coverage.commits += commits.list.len() as u64;
        self.coverage.tags += commits.tags.len() as u64;
        self.unread(&commits.unread);
        self.missing(commits.missing.iter().copied());
        for (kind, id) in &commits.malformed {
            self.coverage.unreadable(format!("{} {} {id}", self.unit.name, kind.name()), "it is malformed");
        }
    }

    fn trees(&mut self, trees: &Trees, nested: &[PathBuf]) {
        self.unread(&trees.unread);
        self.missing(trees.missing.iter().copied());
        for id in &trees.malformed {
            self.coverage.unreadable(format!("{} tree {id}", self.unit.name), "it is malformed");
        }
        // Those that are checked out are read as repositories of their own.
        let checked_out = |name: &[u8]| {
            nested.iter().any(|folder| folder.file_name().is_some_and(|own| own.as_encoded_bytes() == name))
        };
        for name in trees.submodules.iter().filter(|name| !checked_out(name)) {
            let name = format!("{} {}", self.unit.name, String::from_utf8_lossy(name));
            self.coverage.skip(Skip::Submodule, name);
        }
    }

    fn unread(&mut self, unread: &[Unread]) {
        for object in unread {
            let kind = object.kind.map_or("object", Kind::name);
            self.coverage.unreadable(format!("{} {kind} {}", self.unit.name, object.id), object.why.to_string());
        }
    }

    /// Objects that are named and not there.
    fn missing(&mut self, missing: impl Iterator<Item = ObjectId>) {
        for id in missing {
            let what = format!("{} object {id}", self.unit.name);
            if self.partial {
                self.coverage.skip(Skip::NotInClone, what);
            } else {
                self.coverage.unreadable(what, "named by the repository, but missing from it");
            }
        }
    }
}

/// Searches headers and messages.
struct Searcher<'a> {
    run: &'a Run<'a>,
}

impl Messages for Searcher<'_> {
    type Worker = Searched;

    fn worker(&self) -> Self::Worker {
        Self::Worker::default()
    }

    fn object(&self, part: &mut Searched, kind: Kind, id: ObjectId, header: &[u8], message: &[u8]) {
        let hits = part.searcher.scan(self.run, header, &mut part.coverage);
        part.headers.extend(hits.map(|hits| (kind, id, hits)));
        let hits = texts::scan(self.run, message, FileKind::Prose, &mut part.coverage);
        part.messages.extend(hits.map(|hits| (kind, id, hits)));
    }
}

#[derive(Default)]
struct Searched {
    headers: Vec<(Kind, ObjectId, Hits)>,
    messages: Vec<(Kind, ObjectId, Hits)>,
    searcher: headers::Searcher,
    coverage: Coverage,
}

/// What refs name, through tags of tags too.
fn pointed(commits: &Commits, tips: &Tips) -> HashSet<ObjectId> {
    let targets: HashMap<ObjectId, ObjectId> = commits.tags.iter().map(|tag| (tag.id, tag.target)).collect();
    let mut pointed = HashSet::new();
    let mut names: Vec<ObjectId> = tips.refs.iter().chain(&tips.notes).copied().collect();
    while let Some(id) = names.pop() {
        if pointed.insert(id) {
            names.extend(targets.get(&id));
        }
    }
    pointed
}

fn loose_blobs(blobs: &BlobHits, placed: &[Placed], index: &[Staged]) -> Vec<(ObjectId, FileKind, Option<Vec<u8>>)> {
    let in_commits: HashSet<ObjectId> = placed.iter().map(|place| place.blob).collect();
    let committed: HashSet<(&[u8], ObjectId)> =
        placed.iter().map(|place| (place.path.as_slice(), place.blob)).collect();
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
    // Several working trees may have staged the same.
    loose.dedup();
    // One line is enough for a blob without a name, whatever kinds unreachable trees give it.
    loose.dedup_by(|a, b| a.0 == b.0 && a.2.is_none() && b.2.is_none());
    loose
}
