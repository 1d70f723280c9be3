//! Runs detection over one text, and over all files of a working tree.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use crate::coverage::{Coverage, Skip};
use crate::detect::engine::{LineCandidates, Match, Text};
use crate::detect::file_kind::{FileKind, file_kind};
use crate::finding::{LineCursor, Position};
use crate::parallel;
use crate::scan::Run;
use crate::scan::search::object_search::Matches;
use crate::secret::SecretValue;
use crate::source::git::pack::{ObjectFormat, ObjectId, ObjectKind};
use crate::source::target::Unit;
use crate::source::worktree;

/// A match and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub found: Match,
    pub position: Position,
}

/// Matches of one text; shared, since a blob may stand at many paths.
pub(crate) type Hits = Arc<Vec<Located>>;

/// All kinds of files, each a bit of the sets that [`crate::source::git::tree_index::TreeIndex::kinds`] makes.
pub(crate) const KINDS: [FileKind; 8] = FileKind::ALL;

pub(crate) fn kind_bit(name: &[u8]) -> u8 {
    let kind = file_kind(name);
    1 << KINDS
        .iter()
        .position(|&k| k == kind)
        .expect("all kinds are listed")
}

/// Scans one text and writes the coverage account.
pub(crate) fn scan(
    run: &Run,
    bytes: &[u8],
    kind: FileKind,
    coverage: &mut Coverage,
) -> Option<Hits> {
    let text = Text::new(bytes, kind);
    matches(run, text, run.engine.search_text(text), coverage)
}

/// Like [`scan`], for tokens and keys with a shape of their own only: of a text in which assignments mean nothing.
pub(crate) fn tokens(run: &Run, bytes: &[u8], coverage: &mut Coverage) -> Option<Hits> {
    sure(run, all_tokens(run, bytes, coverage)?)
}

/// Like [`tokens`], whatever their confidence: of a text that is shown, from which they are to be taken.
pub(crate) fn all_tokens(run: &Run, bytes: &[u8], coverage: &mut Coverage) -> Option<Hits> {
    let text = Text {
        bytes,
        kind: FileKind::Unknown,
        binary: true,
    };
    settled(run, text, run.engine.search_text(text), coverage)
}

/// The matches of a text of which all lines were searched. Writes the coverage account.
pub(crate) fn matches(
    run: &Run,
    text: Text,
    local: LineCandidates,
    coverage: &mut Coverage,
) -> Option<Hits> {
    sure(run, all_matches(run, text, local, coverage)?)
}

/// Like [`matches`], whatever their confidence.
pub(crate) fn all_matches(
    run: &Run,
    text: Text,
    local: LineCandidates,
    coverage: &mut Coverage,
) -> Option<Hits> {
    coverage.binary += u64::from(is_binary(&text));
    settled(run, text, local, coverage)
}

/// What a blob holds. Of values that are all known from `base` nothing else is told: where they stand is asked of few versions.
/// Writes the coverage account.
pub(crate) fn of_blob(
    run: &Run,
    text: Text,
    local: LineCandidates,
    base: &[SecretValue],
    coverage: &mut Coverage,
) -> Option<Matches> {
    coverage.binary += u64::from(is_binary(&text));
    let matches = counted(run, text, local, coverage)?;
    let base: HashSet<&SecretValue> = base.iter().collect();
    let told = || {
        matches
            .iter()
            .filter(|found| is_sure(run, found))
            .map(|found| &found.value)
    };
    if told().any(|value| !base.contains(value)) {
        return sure(run, located(run, text, matches)).map(Matches::Read);
    }
    let values: Vec<_> = told().cloned().collect();
    Some(values)
        .filter(|values| !values.is_empty())
        .map(Matches::Known)
}

fn is_binary(text: &Text) -> bool {
    text.binary && text.utf16().is_none()
}

/// The matches that are to be told.
fn sure(run: &Run, hits: Hits) -> Option<Hits> {
    if hits.iter().all(|located| is_sure(run, &located.found)) {
        return Some(hits);
    }
    let sure: Vec<Located> = hits
        .iter()
        .filter(|located| is_sure(run, &located.found))
        .cloned()
        .collect();
    Some(sure).filter(|sure| !sure.is_empty()).map(Arc::new)
}

pub(crate) fn is_sure(run: &Run, found: &Match) -> bool {
    found.confidence >= run.options.confidence
}

/// All matches, if there are any, before anything around them is read; those that are not sure enough are counted.
fn counted(
    run: &Run,
    text: Text,
    local: LineCandidates,
    coverage: &mut Coverage,
) -> Option<Vec<Match>> {
    coverage.bytes += text.bytes.len() as u64;
    if local.is_empty() && local.rejected.is_empty() {
        return None;
    }
    let scanned = run.engine.resolve_values(text, local);
    for (filter, count) in scanned.rejected {
        *coverage.rejected.entry(filter.to_owned()).or_default() += count;
    }
    let unsure = scanned
        .matches
        .iter()
        .filter(|found| !is_sure(run, found))
        .count();
    if unsure > 0 {
        *coverage
            .rejected
            .entry("below-confidence".to_owned())
            .or_default() += unsure as u64;
    }
    Some(scanned.matches).filter(|matches| !matches.is_empty())
}

/// All matches.
fn settled(run: &Run, text: Text, local: LineCandidates, coverage: &mut Coverage) -> Option<Hits> {
    Some(located(run, text, counted(run, text, local, coverage)?))
}

/// Reads around the matches of a text, and where they stand.
fn located(run: &Run, text: Text, mut matches: Vec<Match>) -> Hits {
    run.engine.read_surroundings(text, &mut matches);
    let mut cursor = LineCursor::new(text.bytes);
    let wide = text.utf16().map(|_| text.lines());
    let mut position = |range: &Range<usize>| match &wide {
        Some(lines) => lines.position(range),
        None => cursor.position(range),
    };
    let located = matches.into_iter().map(|found| Located {
        position: position(&found.range),
        found,
    });
    Arc::new(located.collect())
}

/// What the files of a working tree hold.
#[derive(Default)]
pub(crate) struct Files {
    /// Files with matches, by path, with their id as a blob if the unit is a repository.
    pub hits: Vec<(String, Option<ObjectId>, Hits)>,
    /// Id of every file that was read, as a blob, and the kind that it was read as: the history need not read it again.
    pub read: HashSet<(ObjectId, FileKind)>,
    /// Id of every file by path.
    pub ids: HashMap<String, ObjectId>,
}

/// Reads a file into a buffer. False if that is not to be or not possible, which is told under `name`.
pub(crate) fn read(
    run: &Run,
    file: &worktree::File,
    name: &str,
    buffer: &mut Vec<u8>,
    coverage: &mut Coverage,
) -> bool {
    let most = run.options.max_blob;
    if file.size > most {
        coverage.skip(Skip::TooLarge, format!("{name} ({} bytes)", file.size));
        return false;
    }
    buffer.clear();
    // One byte more than allowed tells a file that has grown since it was listed (or a device that never ends).
    match std::fs::File::open(&file.location)
        .and_then(|open| open.take(most + 1).read_to_end(buffer))
    {
        Err(error) => coverage.unreadable(name, error.to_string()),
        Ok(length) if length as u64 > most => coverage.skip(Skip::TooLarge, name),
        Ok(_) => return true,
    }
    false
}

/// Reads and scans the files. `identify` is the format in which their ids as blobs are computed, if they are.
pub(crate) fn files(
    run: &Run,
    unit: &Unit,
    files: &[worktree::File],
    identify: Option<ObjectFormat>,
    coverage: &mut Coverage,
) -> Files {
    run.progress.stage("reading files", files.len() as u64);
    let init = || (Files::default(), Coverage::default(), Vec::new());
    let parts = parallel::for_each(
        files,
        run.options.workers,
        run.progress,
        init,
        |(found, coverage, buffer), file| {
            if !read(
                run,
                file,
                &format!("{}{}", unit.prefix, file.path),
                buffer,
                coverage,
            ) {
                return;
            }
            coverage.files += 1;
            let kind = file_kind(file.path.as_bytes());
            let id = identify.map(|format| ObjectId::of(format, ObjectKind::Blob, buffer));
            if let Some(id) = id {
                found.read.insert((id, kind));
                found.ids.insert(file.path.clone(), id);
            }
            if let Some(hits) = scan(run, buffer, kind, coverage) {
                found.hits.push((file.path.clone(), id, hits));
            }
        },
    );
    let mut all = Files::default();
    for (part, part_coverage, _) in parts {
        all.hits.extend(part.hits);
        all.read.extend(part.read);
        all.ids.extend(part.ids);
        coverage.absorb(part_coverage);
    }
    all.hits.sort_by(|a, b| a.0.cmp(&b.0));
    all
}
