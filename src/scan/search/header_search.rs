//! Searches the header lines of commits and tags: who made them, what a merge of a signed tag took over from it, and what
//! tools write there.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use crate::coverage::Coverage;
use crate::detect::engine::Text;
use crate::detect::file_kind::FileKind;
use crate::finding::{Finding, Origin};
use crate::scan::Run;
use crate::scan::history::full_read::HistoryHits;
use crate::scan::placement::path_versions::{self, Authors};
use crate::scan::search::blob_search::{self, Hits};
use crate::secret::SecretValue;
use crate::source::git::object_header::{HeaderField, ObjectHeader};
use crate::source::git::pack::{ObjectId, ObjectKind};
use crate::source::target::Unit;

/// Searches headers one after another. Most are of people who were seen before.
#[derive(Default)]
pub(crate) struct Searcher {
    /// Names and mails in which nothing is found, nor nearly.
    clean: HashSet<Box<[u8]>, foldhash::fast::RandomState>,
}

impl Searcher {
    /// Places in what is found are places in the object. Matches of any confidence: whatever is found is taken out of the
    /// names of authors.
    pub(crate) fn scan(
        &mut self,
        run: &Run,
        head: ObjectHeader,
        coverage: &mut Coverage,
    ) -> Option<Hits> {
        let raw = &head.raw[..head.message];
        let (mut lines, mut people, mut clean): (Vec<Range<usize>>, Vec<&[u8]>, &[u8]) =
            Default::default();
        for line in head.lines {
            match &line.field {
                HeaderField::Tree(_) | HeaderField::Parent(_) | HeaderField::Object(_) => continue,
                HeaderField::Person(at) => {
                    let person = &raw[at.clone()];
                    // Most commit what they wrote.
                    if person == clean || self.clean.contains(person) {
                        clean = person;
                        continue;
                    }
                    people.push(person);
                }
                HeaderField::Other => {}
            }
            lines.push(line.range.clone());
        }
        if lines.is_empty() {
            coverage.bytes += raw.len() as u64;
            return None;
        }
        let text = Text {
            bytes: raw,
            kind: FileKind::Prose,
            binary: false,
        };
        let local = run.engine.search_lines(text, &lines);
        // What is rejected is counted, so that it is to be seen again each time.
        if local.is_empty() && local.rejected.is_empty() {
            self.clean.extend(people.into_iter().map(Box::from));
        }
        blob_search::all_matches(run, text, local, coverage)
    }
}

/// Everybody writes his name into thousands of commits: a value stands where the first of those has it that can be reached.
pub(crate) fn findings(
    run: &Run,
    unit: &Unit,
    history: &HistoryHits,
    authors: &mut Authors,
    out: &mut Vec<Finding>,
) {
    let mut first: BTreeMap<(ObjectKind, &[u8]), _> = BTreeMap::new();
    for found in &history.headers {
        for located in found
            .hits
            .iter()
            .filter(|located| blob_search::is_sure(run, &located.found))
        {
            let rank = (!found.reachable, history.time(found.id), found.id);
            let place = first
                .entry((found.kind, located.found.value.expose()))
                .or_insert((rank, found));
            if rank < place.0 {
                *place = (rank, found);
            }
        }
    }
    for ((kind, value), (_, found)) in first {
        let origin = if kind == ObjectKind::Tag {
            Origin::TagHeader
        } else {
            Origin::CommitHeader
        };
        let (commit, by) = (found.commit.unwrap_or(found.id), authors.of(found.id));
        for located in found.hits.iter().filter(|located| {
            located.found.value.expose() == value && blob_search::is_sure(run, &located.found)
        }) {
            let by = Some((commit, by.clone()));
            let id = Some(found.id.to_string());
            let mut finding =
                path_versions::finding(run, unit, located, origin, String::new(), id, by);
            if found.commit.is_none() {
                finding.occurrence.commit = None;
            }
            finding.occurrence.reachable = found.reachable;
            out.push(finding);
        }
    }
}

/// An object with matches in its header.
pub(crate) struct Header {
    pub kind: ObjectKind,
    pub id: ObjectId,
    pub hits: Hits,
    /// The commit itself, or the one that the tag is of.
    pub commit: Option<ObjectId>,
    pub reachable: bool,
}

/// Takes values out of the name of an author, which is shown and kept.
pub(crate) fn redact(who: &mut String, values: &[SecretValue]) {
    for value in values {
        let text = String::from_utf8_lossy(value.expose());
        if !text.is_empty() && who.contains(&*text) {
            *who = who.replace(&*text, "…");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_out_of_a_name() {
        let mut who = "hunter22 Smith <hunter22@x>".to_owned();
        redact(
            &mut who,
            &[
                SecretValue::new(b"hunter22".to_vec()),
                SecretValue::new(Vec::new()),
            ],
        );
        assert_eq!(who, "… Smith <…@x>");
    }
}
