//! From matches to findings: one for each place that a value has in a path, whatever number of versions hold it.

use std::collections::{BTreeMap, HashMap, HashSet};

use git2::Oid;

use super::Run;
use super::history::HistoryHits;
use super::texts::{Files, Hits, Located};
use crate::detect::hint::file_kind;
use crate::finding::{Finding, Occurrence, Origin};
use crate::secret::SecretValue;
use crate::source::git::objects::Commit;
use crate::source::target::Unit;

/// One version of a path that holds matches.
struct Version<'a> {
    origin: Origin,
    blob: Option<Oid>,
    hits: &'a Hits,
    /// Which version stands for all: the working tree's before HEAD's, before the index's, before the newest.
    rank: (u8, usize),
    /// The commit that brought it in: its rank in history order, and its index.
    first: Option<(usize, usize)>,
    reachable: bool,
    at_head: bool,
}

pub(crate) fn findings(run: &Run, unit: &Unit, files: &Files, history: Option<&HistoryHits>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, versions) in versions(files, history) {
        gather_path(run, unit, &path, &versions, history, &mut findings);
    }
    if let Some(history) = history {
        messages(run, unit, history, &mut findings);
    }
    findings.sort_by(|a, b| (&a.occurrence, &a.detector).cmp(&(&b.occurrence, &b.detector)));
    findings.sort_by(|a, b| place(a).cmp(&place(b)));
    findings
}

fn place(finding: &Finding) -> (&str, u64, u64, &str) {
    let at = &finding.occurrence;
    (&at.path, at.line, at.column, &finding.detector)
}

fn versions<'a>(files: &'a Files, history: Option<&'a HistoryHits>) -> BTreeMap<String, Vec<Version<'a>>> {
    let mut paths: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    let text = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
    let stored: HashSet<Oid> = history.iter().flat_map(|history| &history.blobs).map(|((id, _), _)| *id).collect();
    for (path, id, hits) in &files.hits {
        paths.entry(path.clone()).or_default().push(Version {
            origin: Origin::Worktree,
            // Only an id that git holds can be read again from it.
            blob: id.filter(|id| stored.contains(id)),
            hits,
            rank: (3, 0),
            first: None,
            reachable: true,
            at_head: false,
        });
    }
    let Some(history) = history else { return paths };
    for place in &history.placed {
        let Some(hits) = history.blobs.get(&(place.blob, file_kind(&place.path))) else { continue };
        let path = if place.note { text(&place.path).replace('/', "") } else { text(&place.path) };
        paths.entry(path).or_default().push(Version {
            origin: if place.note { Origin::Note } else { Origin::Blob },
            blob: Some(place.blob),
            hits,
            rank: (if place.at_head { 2 } else { 0 }, place.last_rank),
            first: Some((place.first_rank, place.first)),
            reachable: place.reachable,
            at_head: place.at_head,
        });
    }
    for (id, kind, staged) in &history.loose {
        let path = staged.as_deref().map(text).unwrap_or_default();
        // A staged file that stands in the working tree as it is.
        if staged.is_some() && files.ids.get(&path) == Some(id) {
            continue;
        }
        paths.entry(path).or_default().push(Version {
            origin: if staged.is_some() { Origin::Staged } else { Origin::Blob },
            blob: Some(*id),
            hits: &history.blobs[&(*id, *kind)],
            rank: (u8::from(staged.is_some()), 0),
            first: None,
            reachable: staged.is_some() || history.pointed.contains(id),
            at_head: false,
        });
    }
    paths
}

fn gather_path(
    run: &Run,
    unit: &Unit,
    path: &str,
    versions: &[Version],
    history: Option<&HistoryHits>,
    out: &mut Vec<Finding>,
) {
    // Blobs without a name have nothing in common: each stands for itself.
    if path.is_empty() && versions.len() > 1 {
        for version in versions {
            gather_path(run, unit, path, std::slice::from_ref(version), history, out);
        }
        return;
    }
    let mut holders: HashMap<&SecretValue, Vec<&Version>> = HashMap::new();
    for version in versions {
        for located in version.hits.iter() {
            let holders = holders.entry(&located.found.value).or_default();
            if !holders.last().is_some_and(|last| std::ptr::eq(*last, version)) {
                holders.push(version);
            }
        }
    }
    for (value, holders) in holders {
        let Some(shown) = holders.iter().max_by_key(|version| version.rank) else { continue };
        let first = holders.iter().filter_map(|version| version.first).min();
        let introduced = history.zip(first).map(|(history, (_, at))| &history.commits[at].0);
        let reachable = holders.iter().any(|version| version.reachable);
        let at_head = holders.iter().any(|version| version.at_head);
        for located in shown.hits.iter().filter(|located| located.found.value == *value) {
            let blob = shown.blob.map(|id| id.to_string());
            let mut finding = finding(run, unit, located, shown.origin, path.to_owned(), blob, introduced);
            finding.occurrence.reachable = reachable;
            finding.occurrence.at_head = at_head;
            out.push(finding);
        }
    }
}

fn messages(run: &Run, unit: &Unit, history: &HistoryHits, out: &mut Vec<Finding>) {
    let commits: HashMap<Oid, &Commit> = history.commits.iter().map(|(commit, _)| (commit.id, commit)).collect();
    for (id, hits, reachable) in &history.commit_messages {
        for located in hits.iter() {
            let mut finding = finding(
                run,
                unit,
                located,
                Origin::CommitMessage,
                String::new(),
                Some(id.to_string()),
                commits.get(id).copied(),
            );
            finding.occurrence.reachable = *reachable;
            out.push(finding);
        }
    }
    for (tag, hits, reachable) in &history.tag_messages {
        for located in hits.iter() {
            let target = commits.get(&tag.target).copied();
            let mut finding =
                finding(run, unit, located, Origin::TagMessage, String::new(), Some(tag.id.to_string()), target);
            // The tagger wrote the message, not the author of the commit.
            finding.occurrence.author = Some(tag.author.clone()).filter(|author| !author.is_empty());
            finding.occurrence.date = Some(tag.date.clone()).filter(|date| !date.is_empty());
            finding.occurrence.reachable = *reachable;
            out.push(finding);
        }
    }
}

fn finding(
    run: &Run,
    unit: &Unit,
    located: &Located,
    origin: Origin,
    path: String,
    blob: Option<String>,
    commit: Option<&Commit>,
) -> Finding {
    let found = &located.found;
    let rule = &run.engine.rules[found.rule];
    let shown = &found.value.expose()[..found.shown.min(found.value.len())];
    let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Finding {
        secret_id: run.key.secret_id(&found.value),
        fingerprint: run.key.fingerprint(&found.value),
        detector: rule.id.clone(),
        kind: found.kind,
        confidence: found.confidence,
        proof: found.proof,
        redacted: format!("{}…", String::from_utf8_lossy(shown)),
        value: found.value.clone(),
        context: found.context.clone(),
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
            commit: commit.map(|commit| commit.id.to_string()),
            author: commit.and_then(|commit| known(&commit.author)),
            date: commit.and_then(|commit| known(&commit.date)),
            reachable: true,
            at_head: false,
        },
    }
}
