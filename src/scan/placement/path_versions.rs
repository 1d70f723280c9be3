//! From matches to findings: one for each place that a value has in a path, whatever number of versions hold it.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::coverage::Coverage;
use crate::detect::file_kind::{FileKind, file_kind};
use crate::finding::{Finding, Occurrence, Origin};
use crate::scan::Run;
use crate::scan::history::full_read::HistoryHits;
use crate::scan::search::blob_search::{Files, Located};
use crate::scan::search::object_search::{self, Matches};
use crate::scan::search::{header_search, name_search};
use crate::secret::SecretValue;
use crate::source::git::commits::{self, Signature};
use crate::source::git::pack::{ObjectId, ObjectReader};
use crate::source::target::Unit;

/// One version of a path that holds matches.
struct Version {
    origin: Origin,
    blob: Option<ObjectId>,
    kind: FileKind,
    matches: Matches,
    /// Which version stands for all: the working tree's before HEAD's, before the index's, before the newest.
    rank: (u8, usize),
    /// The commit that brought it in: its rank in history order, and its index.
    first: Option<(usize, usize)>,
    reachable: bool,
    at_head: bool,
    /// See [`Attribution`].
    refs: Vec<u32>,
    gone: Option<(usize, usize)>,
}

impl Version {
    /// What is to be read to know where the matches are, unless that is known.
    fn to_read(&self) -> Option<(ObjectId, FileKind)> {
        self.blob
            .filter(|_| self.matches.read().is_none())
            .map(|id| (id, self.kind))
    }
}

pub(crate) fn findings(
    run: &Run,
    unit: &Unit,
    files: &Files,
    history: Option<&HistoryHits>,
    coverage: &mut Coverage,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut authors = history.map(Authors::new);
    let paths = versions(files, history);
    let rows: Vec<(&str, Row)> = paths
        .iter()
        .flat_map(|(path, versions)| rows(path, versions).into_iter().map(|row| (&**path, row)))
        .collect();
    let again: HashSet<_> = rows
        .iter()
        .filter_map(|(_, row)| row.shown.to_read())
        .collect();
    let read = history
        .map(|history| object_search::read(run, &history.forest, again).hits)
        .unwrap_or_default();
    for (path, row) in &rows {
        let hits = row
            .shown
            .matches
            .read()
            .or_else(|| read.get(&row.shown.to_read()?));
        let found = hits
            .map_or(&[][..], |hits| hits)
            .iter()
            .filter(|located| located.found.value == *row.value);
        let before = findings.len();
        row.tell(run, unit, path, found, authors.as_mut(), &mut findings);
        if findings.len() == before {
            // Only a pack that was damaged since it was read.
            let blob = row.shown.blob.map(|id| id.to_string()).unwrap_or_default();
            coverage.unreadable(
                format!("{} blob {blob}", unit.name),
                "what was read there before is there no more",
            );
        }
    }
    if let (Some(history), Some(authors)) = (history, &mut authors) {
        messages(run, unit, history, authors, &mut findings);
        header_search::findings(run, unit, history, authors, &mut findings);
        name_search::findings(run, unit, history, authors, &mut findings);
    }
    findings
}

/// In order of path and place.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| (&a.occurrence, &a.detector).cmp(&(&b.occurrence, &b.detector)));
    findings.sort_by(|a, b| place(a).cmp(&place(b)));
}

fn place(finding: &Finding) -> (&str, u64, u64, &str) {
    let at = &finding.occurrence;
    (&at.path, at.line, at.column, &finding.detector)
}

fn versions(files: &Files, history: Option<&HistoryHits>) -> BTreeMap<String, Vec<Version>> {
    let mut paths: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    let text = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
    let stored: HashSet<ObjectId> = history
        .iter()
        .flat_map(|history| &history.blobs)
        .map(|((id, _), _)| *id)
        .collect();
    for (path, id, hits) in &files.hits {
        paths.entry(path.clone()).or_default().push(Version {
            origin: Origin::Worktree,
            // Only an id that git holds can be read again from it.
            blob: id.filter(|id| stored.contains(id)),
            kind: file_kind(path.as_bytes()),
            matches: Matches::Read(hits.clone()),
            rank: (3, 0),
            first: None,
            reachable: true,
            at_head: false,
            refs: Vec::new(),
            gone: None,
        });
    }
    let Some(history) = history else { return paths };
    for place in &history.placed {
        let kind = file_kind(&place.path);
        let Some(matches) = history.blobs.get(&(place.blob, kind)) else {
            continue;
        };
        let path = if place.note {
            text(&place.path).replace('/', "")
        } else {
            text(&place.path)
        };
        paths.entry(path).or_default().push(Version {
            origin: if place.note {
                Origin::Note
            } else {
                Origin::Blob
            },
            blob: Some(place.blob),
            kind,
            matches: matches.clone(),
            rank: (if place.at_head { 2 } else { 0 }, place.last_rank),
            first: Some((place.first_rank, place.first)),
            reachable: place.reachable,
            at_head: place.at_head,
            refs: place.refs.clone(),
            gone: place.gone,
        });
    }
    for (id, kind, staged) in &history.loose {
        let path = staged.as_deref().map(text).unwrap_or_default();
        // A staged file that stands in the working tree as it is.
        if staged.is_some() && files.ids.get(&path) == Some(id) {
            continue;
        }
        paths.entry(path).or_default().push(Version {
            origin: if staged.is_some() {
                Origin::Staged
            } else {
                Origin::Blob
            },
            blob: Some(*id),
            kind: *kind,
            matches: history.blobs[&(*id, *kind)].clone(),
            rank: (u8::from(staged.is_some()), 0),
            first: None,
            reachable: staged.is_some() || history.pointed.contains(id),
            at_head: false,
            refs: Vec::new(),
            gone: None,
        });
    }
    paths
}

/// A value at a path, whatever number of versions hold it.
struct Row<'a> {
    value: &'a SecretValue,
    /// Where it is told.
    shown: &'a Version,
    holders: Vec<&'a Version>,
}

fn rows<'a>(path: &str, versions: &'a [Version]) -> Vec<Row<'a>> {
    // Blobs without a name have nothing in common: each stands for itself.
    if path.is_empty() && versions.len() > 1 {
        return versions
            .iter()
            .flat_map(|version| rows(path, std::slice::from_ref(version)))
            .collect();
    }
    let mut holders: HashMap<&SecretValue, Vec<&Version>> = HashMap::new();
    for version in versions {
        for value in version.matches.values() {
            let holders = holders.entry(value).or_default();
            if !holders
                .last()
                .is_some_and(|last| std::ptr::eq(*last, version))
            {
                holders.push(version);
            }
        }
    }
    let row = |(value, holders): (&'a SecretValue, Vec<&'a Version>)| {
        let shown = *holders.iter().max_by_key(|version| version.rank)?;
        Some(Row {
            value,
            shown,
            holders,
        })
    };
    holders.into_iter().filter_map(row).collect()
}

impl Row<'_> {
    /// `found` are the matches of the value in the version where it is told.
    fn tell<'f>(
        &self,
        run: &Run,
        unit: &Unit,
        path: &str,
        found: impl Iterator<Item = &'f Located>,
        mut authors: Option<&mut Authors>,
        out: &mut Vec<Finding>,
    ) {
        let Self { shown, holders, .. } = self;
        let first = holders.iter().filter_map(|version| version.first).min();
        let introduced = authors
            .as_mut()
            .zip(first)
            .map(|(authors, (_, at))| authors.of_commit(at));
        let reachable = holders.iter().any(|version| version.reachable);
        let at_head = holders.iter().any(|version| version.at_head);
        let standing = authors.as_mut().map(|authors| authors.standing(holders));
        for located in found {
            let blob = shown.blob.map(|id| id.to_string());
            let mut finding = finding(
                run,
                unit,
                located,
                shown.origin,
                path.to_owned(),
                blob,
                introduced.clone(),
            );
            finding.occurrence.reachable = reachable;
            finding.occurrence.at_head = at_head;
            if let Some(standing) = &standing {
                standing.tell(&mut finding.occurrence);
            }
            out.push(finding);
        }
    }
}

/// Which branches and tags hold a value, or until when they did.
#[derive(Default)]
struct Standing {
    refs: Vec<String>,
    more: u64,
    last: Option<(ObjectId, Signature)>,
}

impl Standing {
    fn tell(&self, occurrence: &mut Occurrence) {
        occurrence.refs.clone_from(&self.refs);
        occurrence.refs_more = self.more;
        occurrence.last_commit = self.last.as_ref().map(|(id, _)| id.to_string());
        occurrence.last_date = self
            .last
            .as_ref()
            .map(|(_, by)| by.date.clone())
            .filter(|date| !date.is_empty());
    }
}

fn messages(
    run: &Run,
    unit: &Unit,
    history: &HistoryHits,
    authors: &mut Authors,
    out: &mut Vec<Finding>,
) {
    for (id, hits, reachable) in &history.commit_messages {
        let by = Some((*id, authors.of(*id)));
        for located in hits.iter() {
            let (origin, blob) = (Origin::CommitMessage, Some(id.to_string()));
            let mut finding = finding(run, unit, located, origin, String::new(), blob, by.clone());
            finding.occurrence.reachable = *reachable;
            out.push(finding);
        }
    }
    for (tag, hits, reachable) in &history.tag_messages {
        // The tagger wrote the message, not the author of the commit.
        let by = authors.of(tag.id);
        for located in hits.iter() {
            let (origin, blob) = (Origin::TagMessage, Some(tag.id.to_string()));
            let mut finding = finding(
                run,
                unit,
                located,
                origin,
                String::new(),
                blob,
                Some((tag.target, by.clone())),
            );
            if history.commits.find(tag.target).is_none() {
                finding.occurrence.commit = None;
            }
            finding.occurrence.reachable = *reachable;
            out.push(finding);
        }
    }
}

/// Who made commits and tags, read when asked for: few are.
pub(crate) struct Authors<'a> {
    history: &'a HistoryHits,
    /// Values that stand in headers, and may be in names: plain, and as they are written.
    values: Vec<SecretValue>,
    reader: ObjectReader<'a>,
    known: HashMap<ObjectId, Signature>,
}

impl<'a> Authors<'a> {
    fn new(history: &'a HistoryHits) -> Self {
        let mut reader = ObjectReader::new(&history.forest, u64::MAX);
        let mut values: HashSet<SecretValue> = HashSet::new();
        for header in &history.headers {
            values.extend(
                header
                    .hits
                    .iter()
                    .map(|located| located.found.value.clone()),
            );
            let encoded = header
                .hits
                .iter()
                .filter(|located| !located.found.decoding.is_empty());
            let ranges: Vec<_> = encoded.map(|located| located.found.range.clone()).collect();
            if !ranges.is_empty()
                && let Some(Ok((_, raw))) = reader.object(header.id)
            {
                let written = ranges.into_iter().filter_map(|range| raw.get(range));
                values.extend(written.map(|written| SecretValue::new(written.to_vec())));
            }
        }
        let mut values: Vec<SecretValue> = values.into_iter().collect();
        values.sort_by(|a, b| {
            b.len()
                .cmp(&a.len())
                .then_with(|| a.expose().cmp(b.expose()))
        });
        Self {
            history,
            values,
            reader,
            known: HashMap::new(),
        }
    }

    pub(crate) fn of(&mut self, id: ObjectId) -> Signature {
        let (reader, values) = (&mut self.reader, &self.values);
        let read = || {
            let mut by = commits::author(reader, id).unwrap_or_default();
            header_search::redact(&mut by.who, values);
            by
        };
        self.known.entry(id).or_insert_with(read).clone()
    }

    fn standing(&mut self, holders: &[&Version]) -> Standing {
        let mut refs: Vec<u32> = holders
            .iter()
            .flat_map(|version| &version.refs)
            .copied()
            .collect();
        refs.sort_unstable();
        refs.dedup();
        let gone = holders.iter().filter_map(|version| version.gone).max();
        let gone =
            gone.filter(|_| refs.is_empty() && !holders.iter().any(|version| version.at_head));
        let last = gone.map(|(_, at)| self.of_commit(at));
        let more = refs.len().saturating_sub(Occurrence::REFS) as u64;
        refs.truncate(Occurrence::REFS);
        let name = |&at: &u32| {
            let name = &self.history.named_refs[at as usize];
            match self.history.ref_names.get(name) {
                Some(hits) => name_search::redacted(name, hits),
                None => String::from_utf8_lossy(name).into_owned(),
            }
        };
        Standing {
            refs: refs.iter().map(name).collect(),
            more,
            last,
        }
    }

    /// Of the commit with this index.
    pub(crate) fn of_commit(&mut self, at: usize) -> (ObjectId, Signature) {
        let id = self.history.commits.list[at].id;
        (id, self.of(id))
    }
}

pub(crate) fn finding(
    run: &Run,
    unit: &Unit,
    located: &Located,
    origin: Origin,
    path: String,
    blob: Option<String>,
    by: Option<(ObjectId, Signature)>,
) -> Finding {
    let found = &located.found;
    let rule = &run.engine.rules[found.rule];
    let shown = &found.value.expose()[..found.shown.min(found.value.len())];
    let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let by = by.as_ref();
    Finding {
        secret_id: run.key.secret_id(&found.value),
        fingerprint: run.key.fingerprint(&found.value),
        detector: rule.id.clone(),
        kind: found.kind,
        confidence: found.confidence,
        proof: found.proof,
        redacted: format!("{}…", String::from_utf8_lossy(shown)),
        value: found.value.clone(),
        context: (*found.context).clone(),
        expired: found.expired,
        occurrence: Occurrence {
            repository: unit.name.clone(),
            path,
            line: located.position.line,
            column: located.position.column,
            end_line: located.position.end_line,
            end_column: located.position.end_column,
            origin,
            start: found.range.start as u64,
            end: found.range.end as u64,
            decoding: found.decoding.clone(),
            blob,
            commit: by.map(|(commit, _)| commit.to_string()),
            author: by.and_then(|(_, by)| known(&by.who)),
            date: by.and_then(|(_, by)| known(&by.date)),
            reachable: true,
            at_head: false,
            refs: Vec::new(),
            refs_more: 0,
            last_commit: None,
            last_date: None,
        },
    }
}
