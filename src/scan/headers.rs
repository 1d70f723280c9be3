//! Searches the header lines of commits and tags: who made them, what a merge of a signed tag took over from it, and what
//! tools write there.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::Run;
use super::gather::{self, Authors};
use super::history::HistoryHits;
use super::texts::{self, Hits};
use crate::coverage::Coverage;
use crate::detect::engine::Text;
use crate::detect::hint::FileKind;
use crate::finding::{Finding, Origin};
use crate::secret::SecretValue;
use crate::source::git::pack::{Format, Kind, ObjectId};
use crate::source::target::Unit;

/// Searches headers one after another. Most are of people who were seen before.
#[derive(Default)]
pub(super) struct Searcher {
    /// Names and mails in which nothing is found, nor nearly.
    clean: HashSet<Box<[u8]>, foldhash::fast::RandomState>,
}

impl Searcher {
    /// `raw` is an object up to its message, so that places in it are places in the object. Matches of any confidence:
    /// whatever is found is taken out of the names of authors.
    pub(super) fn scan(&mut self, run: &Run, format: Format, raw: &[u8], coverage: &mut Coverage) -> Option<Hits> {
        let (mut lines, mut people): (Vec<Range<usize>>, Vec<&[u8]>) = (Vec::new(), Vec::new());
        let mut start = 0;
        for line in raw.split_inclusive(|&byte| byte == b'\n') {
            let range = start..start + line.len();
            start = range.end;
            if is_link(line, format) {
                continue;
            }
            if let Some(person) = person(line) {
                if self.clean.contains(person) {
                    continue;
                }
                people.push(person);
            }
            lines.push(range);
        }
        if lines.is_empty() {
            coverage.bytes += raw.len() as u64;
            return None;
        }
        let text = Text { bytes: raw, kind: FileKind::Prose, binary: false };
        let local = run.engine.search(text, &lines);
        // What is rejected is counted, so that it is to be seen again each time.
        if local.is_empty() && local.rejected.is_empty() {
            self.clean.extend(people.into_iter().map(Box::from));
        }
        texts::all_matches(run, text, local, coverage)
    }
}

/// A line that holds nothing but the id of another object.
fn is_link(line: &[u8], format: Format) -> bool {
    let id = [&b"tree "[..], b"parent ", b"object "].iter().find_map(|word| line.strip_prefix(*word));
    id.is_some_and(|id| format.from_hex(id.trim_ascii_end()).is_some())
}

/// Name and mail on a line that says who did something, and when.
fn person(line: &[u8]) -> Option<&[u8]> {
    let after = [&b"author "[..], b"committer ", b"tagger "].iter().find_map(|word| line.strip_prefix(*word))?;
    let end = memchr::memrchr(b'>', after)? + 1;
    after[end..].iter().all(|byte| byte.is_ascii_digit() || b" +-\n".contains(byte)).then(|| &after[..end])
}

/// Everybody writes his name into thousands of commits: a value stands where the first of those has it that can be reached.
pub(super) fn findings(run: &Run, unit: &Unit, history: &HistoryHits, authors: &mut Authors, out: &mut Vec<Finding>) {
    let mut first: BTreeMap<(Kind, &[u8]), _> = BTreeMap::new();
    for found in &history.headers {
        for located in found.hits.iter().filter(|located| texts::is_sure(run, &located.found)) {
            let rank = (!found.reachable, history.time(found.id), found.id);
            let place = first.entry((found.kind, located.found.value.expose())).or_insert((rank, found));
            if rank < place.0 {
                *place = (rank, found);
            }
        }
    }
    for ((kind, value), (_, found)) in first {
        let origin = if kind == Kind::Tag { Origin::TagHeader } else { Origin::CommitHeader };
        let (commit, by) = (found.commit.unwrap_or(found.id), authors.of(found.id));
        for located in found
            .hits
            .iter()
            .filter(|located| located.found.value.expose() == value && texts::is_sure(run, &located.found))
        {
            let by = Some((commit, by.clone()));
            let id = Some(found.id.to_string());
            let mut finding = gather::finding(run, unit, located, origin, String::new(), id, by);
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
    pub kind: Kind,
    pub id: ObjectId,
    pub hits: Hits,
    /// The commit itself, or the one that the tag is of.
    pub commit: Option<ObjectId>,
    pub reachable: bool,
}

/// Takes values out of the name of an author, which is shown and kept.
pub(super) fn redact(who: &mut String, values: &[SecretValue]) {
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
    fn lines_that_need_no_second_look() {
        for format in [Format::Sha1, Format::Sha256] {
            let id = "0a".repeat(format.length());
            let is_link = |line: &str, format| is_link(line.as_bytes(), format);
            assert!(is_link(&format!("tree {id}\n"), format) && is_link(&format!("parent {id}"), format));
            assert!(!is_link("tree of life\n", format) && !is_link(&format!("other {id}\n"), format));
            assert!(!is_link(&format!("tree {id}\n"), format.other()));
        }
        assert_eq!(person(b"author A <a@x> 1 +0000\n"), Some(&b"A <a@x>"[..]));
        assert_eq!(person(b"author A <a@x> 1 +0000 more\n"), None);
        assert_eq!(person(b"author A\n"), None);
        assert_eq!(person(b"gpgsig <>\n"), None);
    }

    #[test]
    fn a_value_is_taken_out_of_a_name() {
        let mut who = "hunter22 Smith <hunter22@x>".to_owned();
        redact(&mut who, &[SecretValue::new(b"hunter22".to_vec()), SecretValue::new(Vec::new())]);
        assert_eq!(who, "… Smith <…@x>");
    }
}
