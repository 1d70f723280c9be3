//! Searches every blob of a repository. Of a blob that is a delta, only the lines that its base
//! lacks are searched.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::blob::{Blob, BlobKey, SyntaxSet};
use super::blob_search;
use super::file_search::WorktreeMatches;
use super::kept_matches::KeptMatches;
use super::line_inheritance::{self, InheritedLines};
use super::located_match::{BlobMatchMap, BlobMatches};
use crate::coverage::{Contradiction, Coverage, Limit, Skip};
use crate::detect::engine::{
    Encoding, InheritableCandidates, LineCandidates, RejectionCounts, Text,
};
use crate::detect::seen_runs::{SeenRuns, UnseenRun};
use crate::finding::{Origin, Syntax};
use crate::memory_budget::{MemoryBudget, MemoryShare};
use crate::scan::scan_context::ScanContext;
use crate::secret::SecretValue;
use crate::source::git::pack::{
    Base, Forest, Limits, NodeIndex, Object, ObjectError, ObjectId, ObjectKind, ObjectKinds,
    Options, UnappliedDelta, UnreadObject, Visitor, walk,
};

/// The result of [`search_objects`].
#[derive(Default)]
pub(crate) struct ObjectSearchResult {
    /// The blobs with reported matches.
    pub matches: BlobMatchMap,
    /// The blobs that were skipped because of their size.
    pub oversized: Vec<OversizedBlob>,
}

/// A blob that was skipped because of its size.
pub(crate) struct OversizedBlob {
    /// Its number in the forest.
    pub node: NodeIndex,
    /// Kind, id and size, as the coverage report names it.
    pub label: String,
}

/// Searches all blobs, except those that `files` has with the same syntax. `syntaxes` are those of
/// the names of each node of the forest, as bits of [`SyntaxSet`].
///
/// The positions of values that the base of a blob has, too, are not kept. Few such versions are shown;
/// these are searched again.
pub(crate) fn search_objects(
    scan: &ScanContext,
    repository: &str,
    forest: &Forest,
    syntaxes: &[u64],
    files: &WorktreeMatches,
    coverage: &mut Coverage,
) -> ObjectSearchResult {
    let wanted = ObjectKinds::BLOBS.and(ObjectKinds::UNKNOWN);
    scan.progress.stage("reading blobs", forest.count(wanted));
    let options = Options {
        kinds: wanted,
        workers: scan.options.workers,
        limits: limits(scan),
    };
    let search = ObjectSearch {
        scan,
        repository,
        syntaxes,
        files,
        contested: forest
            .variants()
            .iter()
            .flat_map(|&(variant, main)| [variant, main])
            .collect(),
        seen_runs: SeenRuns::default(),
        kept: KeptMatches::new(scan.match_memory()),
    };
    let mut result = ObjectSearchResult::default();
    for worker in walk(forest, &options, &search, scan.progress) {
        coverage.absorb(worker.coverage);
        result.oversized.extend(worker.oversized);
    }
    let (kept, is_cut) = search.kept.into_kept();
    result.matches.extend(kept);
    if is_cut {
        coverage.cut(Limit::Memory, format!("{repository}: matches of blobs"));
    }
    result
}

/// The limits of a walk over blobs.
pub(super) fn limits(scan: &ScanContext) -> Limits {
    let usual = Limits::default();
    // Whoever has every blob searched whole wants it to take longer.
    let times = if scan.options.whole_blobs { 16 } else { 1 };
    Limits {
        visit: scan.options.max_blob,
        decode: usual.decode.max(scan.options.max_blob),
        memory: scan.options.memory,
        expansion: scan.options.max_expansion.saturating_mul(times),
    }
}

/// The visitor of all blobs.
struct ObjectSearch<'a> {
    scan: &'a ScanContext<'a>,
    repository: &'a str,
    syntaxes: &'a [u64],
    files: &'a WorktreeMatches,
    /// The copies of blobs whose copies differ.
    contested: HashSet<NodeIndex>,
    seen_runs: SeenRuns,
    /// The blobs with matches.
    kept: KeptMatches<BlobKey, BlobMatches>,
}

/// The results and buffers of one thread.
#[derive(Default)]
struct ObjectWorker {
    oversized: Vec<OversizedBlob>,
    coverage: Coverage,
    inherited: Vec<InheritedLines>,
    unseen_runs: Vec<UnseenRun>,
    /// The bytes that were searched since the walk asked last.
    searched: u64,
    /// The other lines of a blob that is not built, and their ranges in this buffer.
    buffer: Vec<u8>,
    other_lines: Vec<Range<usize>>,
}

/// The part of a blob's search result that its deltas inherit.
struct SearchedBase<'a> {
    /// A delta inherits lines only if its base has the same encoding. Texts in UTF-16 inherit no
    /// lines, because they have no lines of bytes.
    encoding: Encoding,
    /// The syntaxes that it was searched as.
    syntaxes: SyntaxSet,
    /// The end of the lines that were searched as all of these syntaxes: the start of a line, or the
    /// end of the text.
    known: usize,
    /// Whether the work on its lines is known line by line.
    is_large: bool,
    /// The candidates by syntax. Most blobs have none.
    candidates: Vec<(Syntax, InheritableCandidates)>,
    /// The values that are reported, by syntax.
    values: Vec<(Syntax, Arc<[SecretValue]>)>,
    /// The memory of the candidates, if there are any.
    memory: Vec<MemoryShare<'a>>,
}

impl SearchedBase<'_> {
    /// Whether the blob was searched as each of these syntaxes, and had no candidate.
    fn is_clean(&self, syntaxes: SyntaxSet) -> bool {
        let has_candidates = self
            .candidates
            .iter()
            .any(|(syntax, _)| syntaxes.has(*syntax));
        self.syntaxes.includes(syntaxes) && !has_candidates
    }
}

impl<'a> Visitor for ObjectSearch<'a> {
    type Worker = ObjectWorker;
    type State = SearchedBase<'a>;

    fn worker(&self) -> ObjectWorker {
        ObjectWorker::default()
    }

    fn memory(&self) -> Option<&MemoryBudget> {
        Some(self.scan.memory)
    }

    fn restart(&self) {
        self.kept.clear();
    }

    fn searched(&self, worker: &mut ObjectWorker) -> u64 {
        std::mem::take(&mut worker.searched)
    }

    fn times(&self, node: NodeIndex, _: ObjectKind) -> u64 {
        u64::from(self.syntaxes_of(node).len())
    }

    const BY_CHANGES: bool = true;

    /// Searches the changed lines of a delta without building the blob. No other object may be a
    /// delta of it. The search suffices if neither the changed lines nor the base have candidates,
    /// which holds for most deltas.
    fn suffices(
        &self,
        worker: &mut ObjectWorker,
        delta: &UnappliedDelta<'_, SearchedBase<'a>>,
    ) -> bool {
        let (base, syntaxes) = (delta.state, self.syntaxes_of(delta.node));
        if self.scan.options.whole_blobs
            || base.encoding != Encoding::Plain
            || !base.is_clean(syntaxes)
            || (self.is_large(delta.size() as usize) && !base.is_large)
        {
            return false;
        }
        let ObjectWorker {
            buffer,
            other_lines,
            unseen_runs,
            searched,
            ..
        } = worker;
        if !line_inheritance::copy_other_lines(delta, buffer, other_lines) {
            return false;
        }
        let (mut bytes, mut rejected) = (0, RejectionCounts::default());
        for syntax in syntaxes.iter() {
            *searched += buffer.len() as u64;
            let text = Text::plain(buffer, syntax);
            let lines = other_lines.iter().cloned();
            let engine = self.scan.engine;
            let candidates = engine.search_unseen_lines(text, lines, &self.seen_runs, unseen_runs);
            if !candidates.is_empty() {
                return false;
            }
            if !self.is_in_files(|| delta.id(), syntax) {
                bytes += delta.size();
                rejected.absorb(candidates.rejected());
            }
        }
        worker.coverage.blobs += 1;
        worker.coverage.bytes += bytes;
        blob_search::count_rejected(&rejected, &mut worker.coverage);
        true
    }

    fn object(
        &self,
        worker: &mut ObjectWorker,
        object: &Object<'_, SearchedBase<'a>>,
    ) -> SearchedBase<'a> {
        worker.coverage.blobs += 1;
        let _memory = self
            .scan
            .memory
            .turn(ScanContext::memory_of_text(object.bytes.len() as u64));
        let text = match &object.base {
            Some(base) => {
                line_inheritance::version_text(base.changes, object.bytes, base.state.encoding)
            }
            None => Text::new(object.bytes, Syntax::Unknown),
        };
        let mut searched = SearchedBase {
            encoding: text.encoding(),
            syntaxes: self.syntaxes_of(object.node),
            known: object.bytes.len(),
            is_large: self.is_large(object.bytes.len()),
            candidates: Vec::new(),
            values: Vec::new(),
            memory: Vec::new(),
        };
        let is_large = searched.is_large;
        let shares_lines = |base: &&Base<SearchedBase<'a>>| {
            base.state.encoding == text.encoding()
                && !text.is_utf16()
                && (base.state.is_large || !is_large)
        };
        let base = object
            .base
            .as_ref()
            .filter(shares_lines)
            .filter(|_| !self.scan.options.whole_blobs);
        if let Some(base) = base {
            let inherited = &mut worker.inherited;
            let (known, length) = (base.state.known, object.bytes.len());
            line_inheritance::find(base.changes, base.bytes, known, length, inherited);
        }
        for syntax in searched.syntaxes.iter() {
            let base = base.filter(|base| base.state.syntaxes.has(syntax));
            let blob = Blob::of_text(text.with_syntax(syntax), Origin::Blob);
            self.search_as(worker, object, &blob, base, &mut searched);
        }
        searched
    }

    fn unread(&self, worker: &mut ObjectWorker, unread: &UnreadObject) {
        let kind = unread.kind.map_or("object", ObjectKind::name);
        let name = format!("{kind} {}", unread.id);
        let label = match unread.why {
            ObjectError::TooLarge { size } => format!("{name} ({size} bytes)"),
            ObjectError::BaseTooLarge => format!("{name} (a delta of a larger one)"),
            ObjectError::Unplanned => {
                let shown = format!("{} {name}", self.repository);
                return worker.coverage.cut(Limit::Expansion, shown);
            }
            ObjectError::WrongId => {
                let shown = format!("{} {name}", self.repository);
                return worker.coverage.contradict(Contradiction::WrongId, shown);
            }
            ref why => {
                let shown = format!("{} {name}", self.repository);
                return worker.coverage.unreadable(shown, why.to_string());
            }
        };
        let shown = format!("{} {label}", self.repository);
        worker.coverage.skip(Skip::TooLarge, shown);
        worker.oversized.push(OversizedBlob {
            node: unread.node,
            label,
        });
    }
}

impl<'a> ObjectSearch<'a> {
    /// The syntaxes that a blob is searched as.
    fn syntaxes_of(&self, node: NodeIndex) -> SyntaxSet {
        SyntaxSet::from_bits(self.syntaxes[node.index()]).or_unknown()
    }

    /// Whether a text of so many bytes is large.
    fn is_large(&self, length: usize) -> bool {
        length >= self.scan.engine.limits().large
    }

    /// Whether a file of the working tree is this blob, with this syntax.
    fn is_in_files(&self, object: impl FnOnce() -> ObjectId, syntax: Syntax) -> bool {
        let searched = &self.files.searched;
        !searched.is_empty() && searched.contains(&BlobKey::new(object(), syntax))
    }

    /// Searches a blob as one syntax. `base` was searched as the same one.
    fn search_as(
        &self,
        worker: &mut ObjectWorker,
        object: &Object<'_, SearchedBase<'a>>,
        blob: &Blob,
        base: Option<&Base<'_, SearchedBase<'a>>>,
        searched: &mut SearchedBase<'a>,
    ) {
        let candidates = self.candidates(worker, blob.text, base);
        if object.children > 0 && !candidates.is_empty() && !blob.text.is_utf16() {
            let inheritable = InheritableCandidates::of(&candidates);
            let known = line_inheritance::known_lines(object.bytes, candidates.known_to());
            searched.known = searched.known.min(known);
            let size = inheritable.size() as u64;
            searched.memory.push(self.scan.memory.share(size));
            searched.candidates.push((blob.text.syntax, inheritable));
        }
        let is_contested = !self.contested.is_empty() && self.contested.contains(&object.node);
        let what = || format!("{} blob {}", self.repository, object.id());
        if !is_contested && self.is_in_files(|| object.id(), blob.text.syntax) {
            // The id of the file is the hash of its bytes. That of the object may be made up.
            let has_hash = || {
                let id = object.id();
                candidates.is_empty() || ObjectId::of(id.format(), object.kind, object.bytes) == id
            };
            if object.has_right_id.unwrap_or_else(has_hash) {
                return;
            }
            if object.has_right_id.is_none() {
                worker.coverage.contradict(Contradiction::WrongId, what());
            }
        }
        worker.searched += candidates.resolution_bytes();
        // Of copies that differ all positions are kept: an id names only one of them.
        let known = base
            .filter(|_| !is_contested)
            .and_then(|base| {
                base.state
                    .values
                    .iter()
                    .find(|(other, _)| *other == blob.text.syntax)
            })
            .map_or(&[][..], |(_, values)| values);
        let coverage = &mut worker.coverage;
        let Some(matches) = self.matches(blob, candidates, known, coverage, what) else {
            return;
        };
        if !matches.known_positions().is_empty() {
            // Its surroundings were read.
            worker.searched += blob.text.bytes.len() as u64 + matches.known_positions().work();
        }
        if object.children > 0 {
            searched
                .values
                .push((blob.text.syntax, Arc::clone(matches.values())));
        }
        let key = BlobKey::new(object.id(), blob.text.syntax);
        let size = matches.size();
        self.kept
            .insert_or_join(key, matches, size, BlobMatches::join);
    }

    /// The candidates of all lines of a text: found, or inherited from the base.
    fn candidates(
        &self,
        worker: &mut ObjectWorker,
        text: Text,
        base: Option<&Base<'_, SearchedBase<'a>>>,
    ) -> LineCandidates {
        let engine = self.scan.engine;
        let ObjectWorker {
            unseen_runs: unseen,
            inherited,
            searched,
            ..
        } = worker;
        let Some(base) = base else {
            *searched += text.bytes.len() as u64;
            if text.is_utf16() {
                return engine.search_text(text);
            }
            let whole = std::iter::once(0..text.bytes.len());
            return engine.search_unseen_lines(text, whole, &self.seen_runs, unseen);
        };
        let others = line_inheritance::other_lines(inherited, text.bytes.len());
        *searched += others.clone().map(|lines| lines.len() as u64).sum::<u64>();
        let mut candidates = engine.search_unseen_lines(text, others, &self.seen_runs, unseen);
        let is_same = |(other, _): &&(Syntax, InheritableCandidates)| *other == text.syntax;
        if let Some((_, theirs)) = base.state.candidates.iter().find(is_same) {
            line_inheritance::inherit(theirs, inherited, &mut candidates);
            engine.limit(&mut candidates);
        }
        candidates
    }

    /// The reported matches of a blob. The positions of those whose values are `known` from the base
    /// are left out.
    fn matches(
        &self,
        blob: &Blob,
        candidates: LineCandidates,
        known: &[SecretValue],
        coverage: &mut Coverage,
        what: impl FnOnce() -> String,
    ) -> Option<BlobMatches> {
        let resolved = blob_search::resolve(self.scan, blob, candidates, coverage, what)?;
        let values: Arc<[_]> = resolved.reported_values().cloned().collect();
        if values.is_empty() {
            return None;
        }
        let known: HashSet<&SecretValue> = known.iter().collect();
        let is_new = |value: &SecretValue| !known.contains(value);
        if !values.iter().any(is_new) {
            return Some(BlobMatches::of_values(values));
        }
        Some(BlobMatches::new(
            values,
            resolved.locate_reported_of(is_new),
        ))
    }
}

#[cfg(test)]
mod tests;
