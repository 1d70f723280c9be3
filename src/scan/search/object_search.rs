//! Searches every blob of a repository: one that is a delta has only those lines searched that its base lacks.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::coverage::{Coverage, Skip};
use crate::detect::engine::{LineCandidates, Text};
use crate::detect::file_kind::FileKind;
use crate::detect::seen_runs::{SeenRuns, UnseenRun};
use crate::parallel;
use crate::scan::Run;
use crate::scan::search::blob_search::{self, Files, Hits, KINDS};
use crate::scan::search::line_inheritance::{self, Kept};
use crate::secret::SecretValue;
use crate::source::git::pack::{
    Base, Forest, Limits, Object, ObjectError, ObjectId, ObjectKind, ObjectKinds, ObjectReader,
    Options, UnappliedDelta, UnreadObject, Visitor, walk,
};

/// Matches of blobs, by the kind of file that a blob was read as.
pub(crate) type BlobHits = HashMap<(ObjectId, FileKind), Matches>;

/// What is known of the matches of a blob.
#[derive(Clone, Debug)]
pub(crate) enum Matches {
    Read(Hits),
    /// The values alone, in order; [`read`] finds the rest.
    Known(Vec<SecretValue>),
}

impl Matches {
    pub(crate) fn read(&self) -> Option<&Hits> {
        match self {
            Matches::Read(hits) => Some(hits),
            Matches::Known(_) => None,
        }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &SecretValue> {
        let (hits, known) = match self {
            Matches::Read(hits) => (&hits[..], &[][..]),
            Matches::Known(values) => (&[][..], &values[..]),
        };
        hits.iter().map(|located| &located.found.value).chain(known)
    }
}

/// What [`read`] finds.
pub(crate) struct Again {
    pub hits: HashMap<(ObjectId, FileKind), Hits>,
    /// All could be read.
    pub whole: bool,
}

/// Reads blobs one by one, each as one kind of file, and searches them whole. Those without matches are left out.
pub(crate) fn read(run: &Run, forest: &Forest, wanted: HashSet<(ObjectId, FileKind)>) -> Again {
    // Deltas are near their bases.
    let known = |id| {
        forest
            .scanned
            .find(id)
            .and_then(|number| forest.scanned.offset(number))
    };
    let mut wanted: Vec<_> = wanted
        .into_iter()
        .map(|(id, kind)| (forest.node(id), known(id), id, kind))
        .collect();
    wanted.sort_unstable();
    let chunks: Vec<_> = wanted.chunks(16).collect();
    let init = || {
        (
            Again {
                hits: HashMap::new(),
                whole: true,
            },
            ObjectReader::new(forest, run.options.max_blob),
        )
    };
    let parts = parallel::for_each_uninterrupted(
        &chunks,
        run.options.workers,
        init,
        |(again, reader), chunk| {
            for &(_, _, id, kind) in *chunk {
                let Some(Ok((ObjectKind::Blob, bytes))) = reader.object(id) else {
                    again.whole = false;
                    continue;
                };
                if let Some(hits) = blob_search::scan(run, &bytes, kind, &mut Coverage::default()) {
                    again.hits.insert((id, kind), hits);
                }
            }
        },
    );
    let mut all = Again {
        hits: HashMap::new(),
        whole: true,
    };
    for (again, _) in parts {
        all.hits.extend(again.hits);
        all.whole &= again.whole;
    }
    all
}

/// Searches all blobs but those that `files` has as the same kind. Of versions that hold no value that their base lacks the
/// values alone are found: where they stand is read again of the few that are told. `kinds` are the kinds of names of each
/// node, as bits. Also returns the nodes that are too large, and how that is told.
pub(crate) fn scan(
    run: &Run,
    repository: &str,
    forest: &Forest,
    kinds: &[u8],
    files: &Files,
    coverage: &mut Coverage,
) -> (BlobHits, Vec<(u32, String)>) {
    let wanted = ObjectKinds::BLOBS.and(ObjectKinds::UNKNOWN);
    run.progress.stage("reading blobs", forest.count(wanted));
    let limits = Limits {
        visit: run.options.max_blob,
        memory: run.options.memory,
        ..Limits::default()
    };
    let limits = Limits {
        decode: limits.decode.max(limits.visit),
        ..limits
    };
    let options = Options {
        kinds: wanted,
        workers: run.options.workers,
        limits,
    };
    let (mut found, mut large) = (BlobHits::new(), Vec::new());
    for part in walk(
        forest,
        &options,
        &Blobs {
            run,
            repository,
            kinds,
            files,
            clean: SeenRuns::default(),
        },
        run.progress,
    ) {
        coverage.absorb(part.coverage);
        found.extend(part.found);
        large.extend(part.large);
    }
    (found, large)
}

struct Blobs<'a> {
    run: &'a Run<'a>,
    repository: &'a str,
    kinds: &'a [u8],
    files: &'a Files,
    clean: SeenRuns,
}

#[derive(Default)]
struct Part {
    found: Vec<((ObjectId, FileKind), Matches)>,
    large: Vec<(u32, String)>,
    coverage: Coverage,
    kept: Vec<Kept>,
    unknown: Vec<UnseenRun>,
    /// Lines of a blob that is not made, and where they stand there.
    buffer: Vec<u8>,
    others: Vec<Range<usize>>,
}

/// What is known of a blob that others are deltas of.
struct Known {
    binary: bool,
    /// It is UTF-16, of which no line can be told by its bytes: it is searched whole.
    wide: bool,
    /// ObjectKinds that it was searched as, as bits, and what was found as each: nothing, for most.
    kinds: u8,
    locals: Vec<(u8, LineCandidates)>,
    /// What of that is told.
    values: Vec<(u8, Vec<SecretValue>)>,
}

impl Visitor for Blobs<'_> {
    type Worker = Part;
    type State = Known;

    fn worker(&self) -> Part {
        Part::default()
    }

    const BY_CHANGES: bool = true;

    /// Most versions that no other stands on bring nothing in which anything is found, to a base that holds nothing.
    fn suffices(&self, part: &mut Part, change: &UnappliedDelta<'_, Known>) -> bool {
        let (base, kinds) = (change.state, self.kinds_of(change.node));
        let nothing =
            base.kinds & kinds == kinds && base.locals.iter().all(|(bit, _)| kinds & bit == 0);
        if self.run.options.whole_blobs || base.binary || !nothing {
            return false;
        }
        let Part {
            buffer,
            others,
            unknown,
            ..
        } = part;
        if !line_inheritance::other_lines(change, buffer, others) {
            return false;
        }
        let mut rejected = Vec::new();
        let (mut bytes, of) = (
            0,
            KINDS
                .into_iter()
                .enumerate()
                .filter(|(at, _)| kinds & 1 << at != 0),
        );
        for (_, kind) in of {
            let text = Text {
                bytes: buffer,
                kind,
                binary: false,
            };
            let local = self.run.engine.search_unseen_lines(
                text,
                others.iter().cloned(),
                &self.clean,
                unknown,
            );
            if !local.is_empty() {
                return false;
            }
            if !self.is_read(|| change.id(), kind) {
                bytes += change.size();
                rejected.extend(local.rejected);
            }
        }
        part.coverage.blobs += 1;
        part.coverage.bytes += bytes;
        for (filter, count) in rejected {
            *part.coverage.rejected.entry(filter.to_owned()).or_default() += count;
        }
        true
    }

    fn object(&self, part: &mut Part, object: &Object<'_, Known>) -> Known {
        part.coverage.blobs += 1;
        let kinds = self.kinds_of(object.node);
        let binary = match &object.base {
            Some(base) => line_inheritance::binary(base.changes, object.bytes, base.state.binary),
            None => Text::new(object.bytes, FileKind::Unknown).binary,
        };
        let wide = Text {
            bytes: object.bytes,
            kind: FileKind::Unknown,
            binary,
        }
        .utf16()
        .is_some();
        let mut known = Known {
            binary,
            wide,
            kinds,
            locals: Vec::new(),
            values: Vec::new(),
        };
        let usable = |base: &&Base<Known>| base.state.binary == binary && !base.state.wide && !wide;
        let base = object
            .base
            .as_ref()
            .filter(usable)
            .filter(|_| !self.run.options.whole_blobs);
        if let Some(base) = base {
            line_inheritance::kept(base.changes, base.bytes, object.bytes.len(), &mut part.kept);
        }
        for (at, kind) in KINDS.into_iter().enumerate() {
            let bit = 1 << at;
            if kinds & bit == 0 {
                continue;
            }
            let text = Text {
                bytes: object.bytes,
                kind,
                binary,
            };
            let base = base.filter(|base| base.state.kinds & bit != 0);
            let mut local = self.search(part, text, base, bit);
            let rejected = std::mem::take(&mut local.rejected);
            if object.children > 0 && !local.is_empty() && !wide {
                line_inheritance::sort(&mut local);
                known.locals.push((bit, local.clone()));
            }
            if self.is_read(|| object.id(), kind) {
                continue;
            }
            local.rejected = rejected;
            let before =
                base.and_then(|base| base.state.values.iter().find(|(other, _)| *other == bit));
            let before = before.map_or(&[][..], |(_, values)| values);
            if let Some(matches) =
                blob_search::of_blob(self.run, text, local, before, &mut part.coverage)
            {
                if object.children > 0 {
                    known
                        .values
                        .push((bit, matches.values().cloned().collect()));
                }
                part.found.push(((object.id(), kind), matches));
            }
        }
        known
    }

    fn unread(&self, part: &mut Part, unread: &UnreadObject) {
        let what = format!(
            "{} {}",
            unread.kind.map_or("object", ObjectKind::name),
            unread.id
        );
        let large = match unread.why {
            ObjectError::TooLarge { size } => format!("{what} ({size} bytes)"),
            ObjectError::BaseTooLarge => format!("{what} (a delta of a larger one)"),
            ref why => {
                return part
                    .coverage
                    .unreadable(format!("{} {what}", self.repository), why.to_string());
            }
        };
        part.coverage
            .skip(Skip::TooLarge, format!("{} {large}", self.repository));
        part.large.push((unread.node, large));
    }
}

impl Blobs<'_> {
    /// The kinds of its names, as bits. A blob that no tree names has one: unknown.
    fn kinds_of(&self, node: u32) -> u8 {
        match self.kinds[node as usize] {
            0 => 1 << (KINDS.len() - 1),
            kinds => kinds,
        }
    }

    /// Whether the working tree gave a blob already, as this kind.
    fn is_read(&self, id: impl FnOnce() -> ObjectId, kind: FileKind) -> bool {
        !self.files.read.is_empty() && self.files.read.contains(&(id(), kind))
    }

    fn search(
        &self,
        part: &mut Part,
        text: Text,
        base: Option<&Base<'_, Known>>,
        bit: u8,
    ) -> LineCandidates {
        let engine = self.run.engine;
        let Some(base) = base else {
            if text.utf16().is_some() {
                return engine.search_text(text);
            }
            let whole = std::iter::once(0..text.bytes.len());
            return engine.search_unseen_lines(text, whole, &self.clean, &mut part.unknown);
        };
        let others = line_inheritance::others(&part.kept, text.bytes.len());
        let mut local = engine.search_unseen_lines(text, others, &self.clean, &mut part.unknown);
        if let Some((_, theirs)) = base.state.locals.iter().find(|(other, _)| *other == bit) {
            line_inheritance::inherit(theirs, &part.kept, &mut local);
        }
        local
    }
}

#[cfg(test)]
mod tests;
